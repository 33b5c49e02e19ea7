/* Whether the board is live: a pill in the bar, and a banner under it when it is not. */
import { useContext, useEffect, useState } from "react";
import { RefreshCw, WifiOff } from "lucide-react";
import { EventLoopContext, eventLoop } from "$/utils/context-registry";
import { clock, useNow } from "$/public/pieces.js";
import { useBoard } from "./board.jsx";
import * as store from "./store.js";

const OFFLINE_AFTER = 30_000;

/** `live`, `wait` or `off`, with the time since when. `wait` before the first snapshot and while the server is deaf. */
function useLine() {
  const { keys } = useBoard();
  const errors = useContext(EventLoopContext)?.[1] ?? [];
  const [offline, setOffline] = useState(false);
  const [since, setSince] = useState(0);
  useEffect(() => {
    const tell = () => setOffline(!navigator.onLine);
    tell();
    window.addEventListener("online", tell);
    window.addEventListener("offline", tell);
    return () => {
      window.removeEventListener("online", tell);
      window.removeEventListener("offline", tell);
    };
  }, []);
  const cut = offline || errors.length > 0;
  const down = cut || keys?.line === "lost";
  useEffect(() => {
    setSince(down ? Date.now() : 0);
    if (down) store.lost();
  }, [down]);
  const at = useNow(1000);
  if (!keys?.board && !cut) return { kind: "start", since, at };
  if (!down) return { kind: "live", since: 0, at };
  const long = since > 0 && at - since > OFFLINE_AFTER;
  return { kind: offline || (cut && long) ? "off" : "wait", since, at };
}

export function Pill() {
  const { kind, since, at } = useLine();
  const seconds = Math.max(0, Math.floor((at - since) / 1000));
  if (kind === "live") return <span className="ll-live" role="status"><i className="dot" />Live</span>;
  if (kind === "start") return <span className="ll-live" role="status"><i className="dot is-idle" />Connecting</span>;
  if (kind === "wait") return <span className="ll-live is-wait"><RefreshCw className="i s" aria-hidden="true" /><span role="status">Reconnecting</span>{since ? <span className="only-d">{seconds} s</span> : null}</span>;
  return <span className="ll-live is-off" role="status"><WifiOff className="i s" aria-hidden="true" />Offline<span className="only-d">since {clock(since)}</span></span>;
}

const retry = () => eventLoop.addEvents([]);

export function Banner() {
  const { kind, since, at } = useLine();
  store.useUi((state) => state.wishes);
  const waiting = store.waiting();
  if (kind === "off") {
    return (
      <div className="ll-banner err" role="alert"><WifiOff className="i" aria-hidden="true" />
        <span className="grow">Offline since {clock(since)}. What you see may be old. {held(waiting)}</span>
        <button type="button" className="ll-btn" onClick={retry}>Try now</button>
      </div>
    );
  }
  if (kind === "live" || !since || at - since < 2000) return null;
  if (kind === "start") {
    return (
      <div className="ll-banner warn" role="status"><RefreshCw className="i" aria-hidden="true" />
        <span className="grow">The board cannot be read right now. It appears by itself as soon as it can.</span>
      </div>
    );
  }
  return (
    <div className="ll-banner warn" role="status"><RefreshCw className="i" aria-hidden="true" />
      <span className="grow">Reconnecting. You can read; moves are sent when the line is back. {held(waiting)}</span>
      <button type="button" className="ll-btn" onClick={retry}>Try now</button>
    </div>
  );
}

const held = (count) => (count ? <b>{count} {count === 1 ? "change waits" : "changes wait"}.</b> : null);
