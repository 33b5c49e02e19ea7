/* The small parts of the page that move with the clock: one timer for the whole page, many readers. */
import { createElement as h, useEffect, useRef, useSyncExternalStore } from "react";

const listeners = new Set();
let now = 0;
let timer = null;

function listen(changed) {
  listeners.add(changed);
  if (timer === null) {
    now = Date.now();
    timer = setInterval(() => {
      now = Date.now();
      for (const tell of listeners) tell();
    }, 1000);
  }
  return () => {
    listeners.delete(changed);
    if (listeners.size === 0) {
      clearInterval(timer);
      timer = null;
    }
  };
}

/** The time in ms, in steps of `step` ms, so that a reader renders again only when its step is over. */
export function useNow(step = 5000) {
  return useSyncExternalStore(listen, () => {
    if (now === 0) now = Date.now();
    return Math.floor(now / step) * step;
  }, () => 0);
}

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

/** A span for a card: `4m`, `5h`, `3d`. */
export function short(ms) {
  if (ms < MINUTE) return "<1m";
  if (ms < HOUR) return `${Math.floor(ms / MINUTE)}m`;
  if (ms < DAY) return `${Math.floor(ms / HOUR)}h`;
  return `${Math.floor(ms / DAY)}d`;
}

/** A span for a sentence: `4 min`, `5 h 12 min`, `3 days`. */
export function long(ms) {
  if (ms < MINUTE) return "less than 1 min";
  if (ms < HOUR) return `${Math.floor(ms / MINUTE)} min`;
  if (ms < 2 * DAY) {
    const minutes = Math.floor((ms % HOUR) / MINUTE);
    return `${Math.floor(ms / HOUR)} h${minutes ? ` ${minutes} min` : ""}`;
  }
  return `${Math.floor(ms / DAY)} days`;
}

/** A running span: `12 d 04:31:07`, `00:18:42`. */
export function running(ms) {
  const two = (n) => String(Math.floor(n)).padStart(2, "0");
  const clock = `${two((ms % DAY) / HOUR)}:${two((ms % HOUR) / MINUTE)}:${two((ms % MINUTE) / 1000)}`;
  return ms >= DAY ? `${Math.floor(ms / DAY)} d ${clock}` : clock;
}

const startOfDay = (ms) => new Date(ms).setHours(0, 0, 0, 0);
const sameDay = (a, b) => startOfDay(a) === startOfDay(b);

/** `09:36`. */
export function clock(ms) {
  return ms ? new Date(ms).toLocaleTimeString("en-GB", { hour: "2-digit", minute: "2-digit" }) : "";
}

/** `Today`, `Yesterday, 22 November`, `Monday, 2 November`, `2 November 2025`. */
export function day(ms, at = Date.now()) {
  if (sameDay(ms, at)) return "Today";
  const date = new Date(ms);
  const words = { day: "numeric", month: "long" };
  if (sameDay(ms, startOfDay(at) - 1)) return `Yesterday, ${date.toLocaleDateString("en-GB", words)}`;
  if (date.getFullYear() !== new Date(at).getFullYear()) words.year = "numeric";
  else words.weekday = "long";
  return date.toLocaleDateString("en-GB", words);
}

/** `Today 10:22`, `11 Nov 06:13`. */
export function moment(ms, at = Date.now()) {
  if (!ms) return "";
  if (sameDay(ms, at)) return `Today ${clock(ms)}`;
  return `${new Date(ms).toLocaleDateString("en-GB", { day: "numeric", month: "short" })} ${clock(ms)}`;
}

/** Where a reply stands: ok, soon (80 % of the time is used) or late; null when nobody waits. */
export function pressure(since, due, at) {
  if (!since || !at) return null;
  if (!due) return { level: "ok", used: 0 };
  if (at >= due) return { level: "late", used: 1 };
  const used = Math.min(1, Math.max(0, (at - since) / Math.max(1, due - since)));
  return { level: used >= 0.8 ? "soon" : "ok", used };
}

const ROUND = 31.4;

function ring(used) {
  return h("svg", { className: "ring", viewBox: "0 0 14 14", "aria-hidden": true },
    h("circle", { className: "tr", cx: 7, cy: 7, r: 5 }),
    h("circle", { className: "va", cx: 7, cy: 7, r: 5, strokeDasharray: `${(used * ROUND).toFixed(1)} ${ROUND}` }));
}

const lateClock = () => h("svg", { className: "i s", viewBox: "0 0 24 24", "aria-hidden": true },
  h("circle", { cx: 12, cy: 12, r: 9, fill: "currentColor" }),
  h("path", { d: "M12 7v5.2l3.3 2", stroke: "var(--ll-surface)" }));

/** How long a lead waits for a reply, as a ring and a time; in words behind it when `words`. */
export function Sla({ since, due, words = false }) {
  const at = useNow();
  const state = pressure(since, due, at);
  if (!state) return null;
  const late = state.level === "late";
  const time = late ? `${short(at - due)} late` : short(Math.max(0, at - since));
  const title = late ? `Reply was due ${long(at - due)} ago` : `Waiting ${long(Math.max(0, at - since))}`;
  const chip = h("span", { className: `sla ${state.level}`, title, key: "chip" },
    late ? lateClock() : ring(state.used), time);
  if (!words) return chip;
  let sentence = "waiting for a reply";
  if (due) sentence = late ? "the reply is overdue" : `waiting, reply due in ${long(due - at)}`;
  return h("span", { className: "m" }, chip, h("span", { className: "only-d" }, sentence));
}

const TWO_HOURS = 2 * HOUR;

/** What is left of WhatsApp's 24-hour window; amber at two hours or less, a lock once it is shut. */
export function ReplyWindow({ closes, words = false }) {
  const at = useNow(30_000);
  if (!closes || !at) return null;
  const left = closes - at;
  if (left <= 0) {
    const shut = words ? "The 24-hour window is closed" : "closed";
    return h("span", { className: "win shut", title: "The 24-hour window is closed" }, padlock(), shut);
  }
  const tone = left <= TWO_HOURS ? "win soon" : "win";
  const title = `The 24-hour window closes in ${long(left)}`;
  if (!words) return h("span", { className: tone, title }, stopwatch("i xs"), short(left));
  return h("span", { className: tone, title, style: { fontSize: 12 } }, stopwatch("i s"),
    h("span", { className: "only-d" }, "Window open, "), long(left), h("span", { className: "only-d" }, " left"));
}

const stopwatch = (className) => h("svg", { className, viewBox: "0 0 24 24", "aria-hidden": true },
  h("circle", { cx: 12, cy: 13.5, r: 7.5 }), h("path", { d: "M12 10v3.5l2 1.5M9.5 2.5h5" }));
const padlock = () => h("svg", { className: "i xs", viewBox: "0 0 24 24", "aria-hidden": true },
  h("rect", { x: 5, y: 11, width: 14, height: 9.5, rx: 2 }), h("path", { d: "M8 11V7.8a4 4 0 0 1 8 0V11" }));

/** The sounding line: one mark for each fact of the playbook, tall and petrol when it is known. */
export function Sounding({ known = 0, total = 0 }) {
  const width = Math.max(3, total * 5 - 2);
  const marks = Array.from({ length: total }, (_, i) => h("rect", i < known
    ? { key: i, x: i * 5, y: 1, width: 3, height: 10, rx: 1, className: "on" }
    : { key: i, x: i * 5, y: 3.5, width: 3, height: 5, rx: 1 }));
  return h("svg", { className: "sound", style: { width }, viewBox: `0 0 ${width} 12`, role: "img",
    "aria-label": `${known} of ${total} facts known` }, marks);
}

/** A moment in words, kept true: `Today 10:22`, or with `kind` clock, ago, running or since. */
export function When({ at, kind = "moment" }) {
  const seen = useNow(kind === "running" || kind === "ago" ? 1000 : 60_000);
  if (!at || !seen) return null;
  const age = Math.max(0, seen - at);
  if (kind === "running") return h("span", { className: "num" }, running(age));
  if (kind === "ago") return h("span", { className: "num" }, age < MINUTE ? `${Math.floor(age / 1000)} s ago` : `${long(age)} ago`);
  if (kind === "clock") return h("time", { dateTime: new Date(at).toISOString(), className: "num" }, clock(at));
  return h("time", { dateTime: new Date(at).toISOString(), className: "num" }, moment(at, seen));
}

/** Calls `onTick` at once and then every `every` ms, while the page is seen. */
export function Refresher({ every, onTick }) {
  const tell = useRef(onTick);
  tell.current = onTick;
  useEffect(() => {
    const look = () => document.visibilityState === "visible" && tell.current?.();
    look();
    const timer = setInterval(look, every);
    document.addEventListener("visibilitychange", look);
    return () => {
      clearInterval(timer);
      document.removeEventListener("visibilitychange", look);
    };
  }, [every]);
  return null;
}

/** Tells the style sheet who looks, for as long as this document lives: the places of managers do not come late on the
 * next page, and no place is shown before it is known which there are. */
export function Looking({ viewer, manager }) {
  useEffect(() => {
    if (viewer) document.documentElement.dataset.viewer = manager ? "manager" : "consultant";
  }, [viewer, manager]);
  return null;
}
