/* What the drawer does in the browser alone: the chat's layout by day, the composer with its drafts, the keys. */
import { createElement as h, useCallback, useContext, useEffect, useRef, useState, useSyncExternalStore } from "react";
import { EventLoopContext } from "$/utils/context-registry";
import * as board from "./board/store.js";
import { clock, day } from "./pieces.js";

/** The messages with what depends on their neighbours, on the reader and on the reader's day. */
export function chatRows(messages, reader) {
  let before = null;
  return (messages ?? []).map((message) => {
    const label = day(message.at);
    const newDay = before === null || day(before.at) !== label;
    const speaker = `${message.author} ${message.name}`;
    const first = newDay || speaker !== `${before.author} ${before.name}` || before.kind === "note";
    before = message;
    const look = ["bub", message.author !== "lead" && "out", message.author === "agent" && "agent", first && "first",
      first && !newDay && "gap", message.status === "failed" && "fail"].filter(Boolean).join(" ");
    const name = message.name === reader ? "" : message.name;
    const time = `${message.edited ? "edited " : ""}${clock(message.at)}`;
    return { ...message, who: message.kind === "note" ? message.name : name, day: newDay ? label : "", first, look, time };
  });
}

/** The id of the lead's last message, 0 before there is one. */
export function lastHeard(messages) {
  return Math.max(0, ...(messages ?? []).filter((message) => message.author === "lead").map((message) => message.id));
}

/** Whether somebody of the team wrote to the lead after the brief: its opening words are no longer the next ones. */
export function opened(messages, briefed) {
  const ours = ({ author, kind, status, at }) => author === "human" && kind !== "note" && status !== "failed" && at >= briefed;
  return (messages ?? []).some(ours);
}

/** What browsers wrote: the names of the drafts, with what became of them. */
export function writtenDrafts(messages) {
  return (messages ?? []).filter((message) => message.draft).map(({ draft, text }) => ({ draft, text }));
}

const PATIENT_FRAMES = 40;

/** Bring a message into sight and let it flash; on a phone the chat may need some frames to appear. */
function showMessage(id, frames = PATIENT_FRAMES) {
  const message = document.getElementById(`message-${id}`);
  if (!message?.offsetParent) {
    if (frames > 0) requestAnimationFrame(() => showMessage(id, frames - 1));
    return;
  }
  message.scrollIntoView({ block: "center" });
  message.classList.remove("is-hit");
  void message.offsetWidth;
  message.classList.add("is-hit");
  message.focus({ preventScroll: true });
}

const draftKey = (reader, lead, mode) => `leadline-draft:${reader}:${lead}:${mode}`;

function readDraft(key) {
  try {
    return sessionStorage.getItem(key) ?? "";
  } catch {
    return "";
  }
}

function keepDraft(key, text) {
  try {
    if (text) sessionStorage.setItem(key, text);
    else sessionStorage.removeItem(key);
  } catch {
    /* A browser without storage only loses the draft when the drawer closes. */
  }
}

const ids = new Map();

/** The name of a draft, the same until it was accepted: sent twice, it is written once. */
function draftId(key) {
  const id = ids.get(key) ?? (readDraft(`${key}:id`) || newId());
  ids.set(key, id);
  keepDraft(`${key}:id`, id);
  return id;
}

/** The name of a draft that was sent, "" for one that never was. */
const sentId = (key) => ids.get(key) ?? readDraft(`${key}:id`);

function forgetId(key) {
  ids.delete(key);
  keepDraft(`${key}:id`, "");
}

// Not randomUUID: a browser has that on https and on this machine alone.
const newId = () => Array.from(crypto.getRandomValues(new Uint8Array(16)), (byte) => byte.toString(16).padStart(2, "0")).join("");

function hearOfNetwork(tell) {
  window.addEventListener("online", tell);
  window.addEventListener("offline", tell);
  return () => {
    window.removeEventListener("online", tell);
    window.removeEventListener("offline", tell);
  };
}

/** Whether there is no line to the server: nothing that is clicked now would arrive. */
function useDown() {
  const failed = useContext(EventLoopContext)?.[1]?.length > 0;
  const offline = useSyncExternalStore(hearOfNetwork, () => !navigator.onLine, () => false);
  return failed || offline;
}

/** The drawer around the open lead. What closes it does so at once, also without a line: the server only hears of it. */
export function Frame({ lead, name, children }) {
  const closed = board.useUi((state) => state.closed === lead);
  if (closed) return null;
  const onClickCapture = ({ target }) => { if (target.closest("[data-closes]")) board.close(lead); };
  return h("aside", { className: "ll-drawer", role: "dialog", "aria-label": name, onClickCapture }, children);
}

const NOTICED = 2000;

/** Says so where the chat is read, unless it is over in a moment. */
export function LineDown() {
  const down = useDown();
  const [long, setLong] = useState(false);
  useEffect(() => {
    const timer = setTimeout(() => setLong(down), down ? NOTICED : 0);
    return () => clearTimeout(timer);
  }, [down]);
  return down && long ? h("div", { className: "ll-banner warn", role: "status" },
    h("span", { className: "grow" }, "No line to the server. You can read and write drafts; nothing is sent until it is back.")) : null;
}

const PATIENCE = 15_000;
const DOWN = "There is no line to the server. Your text is kept; send it when the line is back.";
const LATE = "The server did not answer. Your text is kept.";
const OTHER = "Your first version was sent, as the chat shows. What is in the box was not.";
const COMPOSE = "leadline:compose";

/** Where a reply or a note is written. A draft is kept for each lead until it was accepted. */
export function Composer({ lead, reader, name, number, answered = 0, about = "", refusal = "", written = [], mute = "", onSend }) {
  const [mode, setMode] = useState(mute ? "note" : "reply");
  const [text, setText] = useState(() => readDraft(draftKey(reader, lead, mode)));
  const [sending, setSending] = useState(false);
  const [trouble, setTrouble] = useState("");
  const down = useDown();
  const box = useRef(null);
  const heard = useRef(answered);
  const note = mode === "note";
  const key = draftKey(reader, lead, mode);

  const turnTo = useCallback((next, focus = true) => {
    setMode(next);
    setText(readDraft(draftKey(reader, lead, next)));
    // What the other box sent shows in the chat; its answer is no answer to this one.
    setSending(false);
    setTrouble("");
    // At once: what is typed right after the key belongs into the box.
    if (focus) box.current?.focus();
  }, [reader, lead]);

  const accepted = useCallback(() => {
    keepDraft(key, "");
    forgetId(key);
    setText("");
    setTrouble("");
  }, [key]);

  // What the writer has begun stays: the words come behind it.
  const use = useCallback((where, words) => {
    const begun = readDraft(where).trim();
    const whole = !begun || begun === words ? words : `${begun}\n\n${words}`;
    keepDraft(where, whole);
    setText(whole);
  }, []);

  useEffect(() => {
    const asked = ({ detail }) => {
      turnTo(detail.mode === "reply" && mute ? "note" : detail.mode);
      if (detail.text && !mute) use(draftKey(reader, lead, detail.mode), detail.text);
    };
    window.addEventListener(COMPOSE, asked);
    return () => window.removeEventListener(COMPOSE, asked);
  }, [turnTo, mute, use, reader, lead]);

  useEffect(() => {
    if (mute) turnTo("note", false);
  }, [mute, turnTo]);

  useEffect(() => {
    if (answered === heard.current) return;
    heard.current = answered;
    // The answer may be about another draft: of the other box, or of a lead that was open before.
    if (about !== sentId(key)) return;
    setTrouble(refusal);
    if (sending && !refusal) accepted();
    setSending(false);
    box.current?.focus();
  }, [answered, about, refusal, sending, key, accepted]);

  // The chat shows it: it was written, also when the answer was lost. What was changed since is a draft of its own.
  useEffect(() => {
    const own = written.find(({ draft }) => draft === sentId(key));
    if (!own) return;
    setSending(false);
    if (own.text === text.trim()) {
      accepted();
    } else {
      forgetId(key);
      setTrouble(text.trim() ? OTHER : "");
    }
  }, [written, key, text, accepted]);

  useEffect(() => {
    if (!sending) return undefined;
    const timer = setTimeout(() => {
      setSending(false);
      setTrouble(LATE);
    }, PATIENCE);
    return () => clearTimeout(timer);
  }, [sending]);

  useEffect(() => {
    const area = box.current;
    if (!area) return;
    area.style.height = "auto";
    area.style.height = `${Math.min(area.scrollHeight, 180)}px`;
  }, [text]);

  const write = (event) => {
    setText(event.target.value);
    keepDraft(key, event.target.value);
  };
  const send = () => {
    if (sending || !text.trim()) return;
    if (down) {
      setTrouble(DOWN);
      return;
    }
    setTrouble("");
    setSending(true);
    onSend?.(lead, draftId(key), text, mode);
  };
  const onKeyDown = (event) => {
    if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) {
      event.preventDefault();
      send();
    } else if (event.key === "Escape") {
      event.stopPropagation();
      box.current?.blur();
    }
  };

  const wrong = trouble === DOWN && !down ? "" : trouble;
  const tab = (id, label, disabled) => h("button", {
    type: "button", role: "tab", "aria-selected": mode === id, disabled, onClick: () => turnTo(id), key: id,
  }, label);
  const action = note ? "Save note" : "Send";
  return h("div", { className: "ll-compose" },
    h("div", { className: `ll-box${note ? " is-note" : ""}` },
      h("textarea", {
        ref: box, className: "txt", rows: 2, value: text, onChange: write, onKeyDown, maxLength: 4096,
        readOnly: sending, "aria-busy": sending, "aria-describedby": wrong ? "compose-wrong" : undefined,
        "aria-label": note ? "Internal note, never sent" : `Reply to ${name}`,
        placeholder: note ? "A note for the team, never sent" : `Reply on ${number}`,
      }),
      h("div", { className: "bar" },
        h("div", { className: "ll-seg", role: "tablist", "aria-label": "What to write" },
          tab("reply", "Reply", Boolean(mute)), tab("note", "Note", false)),
        h("span", { className: "grow" }),
        h("span", { className: "fs11 t3 only-d" }, "Ctrl Enter"),
        h("button", {
          type: "button", className: "ll-btn primary", "aria-label": sending ? "Sending" : action,
          disabled: sending || !text.trim(), onClick: send,
        }, plane(), h("span", null, sending ? "Sending" : action)))),
    h("p", { className: "ferr", id: "compose-wrong", role: "alert", hidden: !wrong }, wrong));
}

const plane = () => h("svg", { className: "i s", viewBox: "0 0 24 24", "aria-hidden": true },
  h("path", { d: "M20.8 3.2 10.5 13.5M20.8 3.2 14.5 21l-4-7.5L3 9.5Z" }));

const compose = (mode, text = "") => window.dispatchEvent(new CustomEvent(COMPOSE, { detail: { mode, text } }));
const NARROW = 720;

/** What a message comes to: its last sentences, without the greeting before them. */
const gist = (text) => text.split(/(?<=[.!?])\s+/).slice(-2).join(" ");

/** The brief over the chat: open on a desk, on a phone folded to the message to send next. */
export function Pinned({ lead, suggestion = "", begun = false, mute = false, children }) {
  const [open, setOpen] = useState(() => window.innerWidth > NARROW);
  const [head, lines] = Array.isArray(children) ? children : [children, null];
  const named = open ? "Fold the brief" : "Show the whole brief";
  return h("section", { className: `ll-brief${open ? " is-open" : ""}`, "aria-label": "Handoff brief" },
    h("h3", null, head,
      h("button", {
        type: "button", className: "ll-ico", "aria-label": named, title: named, "aria-expanded": open,
        "aria-controls": `brief-${lead}`, onClick: () => setOpen(!open),
      }, chevron())),
    h("div", { id: `brief-${lead}`, hidden: !open }, lines),
    suggestion && !begun && h("div", { className: "next" },
      h("b", null, "Next"),
      h("p", { title: suggestion }, open ? suggestion : gist(suggestion)),
      mute ? null : h("button", { type: "button", className: "ll-btn", onClick: () => compose("reply", suggestion) },
        h("span", { className: "only-d" }, "Use this message"), h("span", { className: "only-m" }, "Use"))));
}

const chevron = () => h("svg", { className: "i s", viewBox: "0 0 24 24", "aria-hidden": true },
  h("path", { d: "m6.5 9.5 5.5 5.5 5.5-5.5" }));

const ERASE = "leadline:erase";

/** Asks once more before a lead is erased, and says what stays. */
export function Erase({ lead, name, onErase }) {
  const dialog = useRef(null);
  const down = useDown();
  useEffect(() => {
    const ask = () => dialog.current?.showModal();
    window.addEventListener(ERASE, ask);
    return () => window.removeEventListener(ERASE, ask);
  }, []);
  const close = () => dialog.current?.close();
  const erase = () => {
    close();
    onErase?.(lead);
  };
  return h("dialog", { ref: dialog, className: "ll-dialog", role: "alertdialog", "aria-labelledby": "erase-what", "aria-describedby": "erase-how" },
    h("h2", { id: "erase-what" }, `Erase ${name} for good?`),
    h("div", { id: "erase-how" },
      h("p", { className: "t2" }, "Name, numbers, messages, notes, facts, ratings and the brief go. This cannot be undone."),
      h("p", { className: "t2" }, "What stays: figures that name nobody, who erased it and when, and for seven days a hash of the numbers. "
        + "The chat on WhatsApp itself stays on the phones; whoever writes again is somebody new.")),
    h("div", { className: "acts" },
      h("button", { type: "button", className: "ll-btn", autoFocus: true, onClick: close }, "Keep"),
      h("button", { type: "button", className: "ll-btn danger", disabled: down, onClick: erase }, "Erase for good")));
}

const VERDICT_PATIENCE = 4000;
const TEMPERATURE_KEYS = { h: "HOT", w: "WARM", c: "COLD" };
const RISK_KEYS = { l: "LOW", m: "MEDIUM", h: "HIGH" };

/** V, then H, W or C says what the lead is; where temperature and risk are asked together, L, M or H follows. */
function verdictKeys() {
  let word = null;
  let until = 0;
  const buttons = () => [...document.querySelectorAll(".ll-drawer [data-verdict]")];
  const begin = () => {
    word = "";
    until = Date.now() + VERDICT_PATIENCE;
    buttons()[0]?.focus();
  };
  const press = (key) => {
    if (word === null || Date.now() > until) return false;
    const wanted = word ? RISK_KEYS[key] : TEMPERATURE_KEYS[key];
    const fitting = buttons().filter((one) => (word
      ? one.dataset.verdict === word && one.dataset.verdictRisk === wanted : one.dataset.verdict === wanted));
    if (!wanted || fitting.length === 0) {
      word = null;
      return false;
    }
    if (fitting.length === 1) {
      word = null;
      fitting[0].focus();
      fitting[0].click();
    } else {
      word = wanted;
      until = Date.now() + VERDICT_PATIENCE;
      fitting[0].focus();
    }
    return true;
  };
  return { begin, press };
}

const inText = (target) => target instanceof HTMLElement
  && (target.isContentEditable || /^(INPUT|TEXTAREA|SELECT)$/.test(target.tagName));

const cards = () => [...document.querySelectorAll("[data-lead-card]")];

/** Open the card after (+1) or before (-1) the open one, in the order of the board. */
function step(lead, by) {
  const all = cards();
  const at = all.findIndex((card) => card.dataset.leadCard === String(lead));
  const next = all[at + by];
  if (at >= 0 && next) {
    next.scrollIntoView({ block: "nearest", inline: "nearest" });
    next.click();
  }
}

/** The keys of an open drawer (off inside text fields), where the focus goes, and what the reader has seen. */
export function DrawerKeys({ lead, ready, last, onSeen }) {
  const came = useRef(null);

  useEffect(() => {
    globalThis.leadlineDrawer = { show: showMessage, step: (by) => step(lead, by), erase: () => window.dispatchEvent(new Event(ERASE)) };
  }, [lead]);

  useEffect(() => {
    came.current ??= document.activeElement;
    if (ready) document.querySelector(".ll-drawer h2")?.focus();
  }, [lead, ready]);

  useEffect(() => () => {
    const card = cards().find((one) => one.dataset.leadCard === String(lead));
    (card ?? came.current)?.focus?.();
  }, [lead]);

  useEffect(() => {
    const tell = () => {
      if (last && document.visibilityState === "visible") onSeen?.(lead);
    };
    tell();
    document.addEventListener("visibilitychange", tell);
    return () => document.removeEventListener("visibilitychange", tell);
    // The reader has seen a message once, however often the page renders.
    // eslint-disable-next-line react-hooks/exhaustive-deps
  }, [lead, last]);

  useEffect(() => {
    const press = (key) => document.querySelector(`.ll-drawer [data-key="${key}"]`)?.click();
    const verdict = verdictKeys();
    const acts = {
      Escape: () => press("Escape"), j: () => step(lead, 1), u: () => step(lead, -1), r: () => compose("reply"),
      n: () => compose("note"), t: () => press("t"), R: () => press("R"), v: () => verdict.begin(),
      s: () => document.querySelector(".ll-drawer [data-key=s]")?.focus(),
    };
    const onKey = (event) => {
      if (event.defaultPrevented || event.ctrlKey || event.metaKey || event.altKey || inText(event.target)) return;
      // A menu and a question have keys of their own.
      if (event.target instanceof Element && event.target.closest("[role=menu], dialog")) return;
      if (verdict.press(event.key)) {
        event.preventDefault();
        event.stopImmediatePropagation();
        return;
      }
      const act = acts[event.key];
      if (!act) return;
      event.preventDefault();
      act();
    };
    window.addEventListener("keydown", onKey);
    return () => window.removeEventListener("keydown", onKey);
  }, [lead]);

  return null;
}
