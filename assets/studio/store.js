/* What this tab knows of the playbook: the draft, what the server said of it, and what is open. The draft lives here
   and in this browser's storage until it is saved; the server is asked by wishes, each answered under its own key. */
import { storeOf } from "$/public/store.js";
import { put, same } from "./places.js";

const KEPT = "leadline.playbook";
const PAUSE = 350;
const LINES = 40;

const FRESH = {
  studio: null, text: "", data: null, saved: { text: "", data: null }, byText: true, base: 0, versions: [],
  problems: [], checking: false, dirty: false, kept: false,
  mode: "form", side: "chat", pane: "edit", language: "en",
  lines: [], turns: [], play: { state: "idle" }, dialog: null, compared: null, notice: null, busy: "",
};

let server = {};

export const { get, set, use: useStudio } = storeOf(FRESH);

export const serve = (given) => { server = given; };
export const running = () => get().versions.find((version) => version.published) ?? null;

/* ---- asking ---- */

let number = 0;
const latest = {};

function ask(kind, wish) {
  number += 1;
  latest[kind] = number;
  server[kind]?.({ nr: number, ...wish });
}

const draft = () => (get().byText ? { text: get().text } : { data: get().data });

let timer = null;
let edits = 0;
let looked = 0;

function lookSoon(after = PAUSE) {
  clearTimeout(timer);
  set({ checking: true });
  timer = setTimeout(look, after);
}

function look() {
  clearTimeout(timer);
  looked = edits;
  ask("look", { ...draft(), lines: get().lines });
  keep();
}

/* ---- the draft ---- */

function changed(patch) {
  edits += 1;
  const next = { ...get(), ...patch };
  const dirty = next.byText ? next.text !== next.saved.text : !same(next.data, next.saved.data);
  set({ ...patch, dirty, notice: get().notice?.kind === "saved" ? null : get().notice });
  lookSoon();
}

/** Change one field of the form. */
export const edit = (path, value) => changed({ data: put(get().data, path, value), byText: false });
export const editText = (text) => changed({ text, byText: true });

/** Take up another text as the draft, as if it had been typed. */
function takeUp({ text, data, problems }) {
  edits += 1;
  looked = edits;
  set({ text, data, problems, byText: true, dirty: text !== get().saved.text, mode: data ? get().mode : "yaml" });
  lookSoon(0);
}

export function discard() {
  takeUp({ ...get().saved, problems: [] });
  set({ notice: null, kept: false });
  keep();
}

let viewer = 0;

/** The draft stays in this browser, for the one who writes it. */
function keep() {
  try {
    if (get().dirty) localStorage.setItem(KEPT, JSON.stringify({ ...draft(), base: get().base, by: viewer }));
    else localStorage.removeItem(KEPT);
  } catch { /* a private window: the draft lives as long as this page */ }
}

function kept() {
  try {
    const found = JSON.parse(localStorage.getItem(KEPT));
    return found?.by === viewer ? found : null;
  } catch {
    return null;
  }
}

/* ---- the preview ---- */

export function say(text) {
  if (!text.trim() || get().lines.length >= LINES) return;
  set({ lines: [...get().lines, text.trim()] });
  lookSoon(0);
}

export function startOver(lines = []) {
  set({ lines, turns: [] });
  lookSoon(0);
}

export function play() {
  set({ play: { state: "running" } });
  ask("play", draft());
}

/* ---- versions ---- */

let sent = {};

export function save({ publish = false, note = "" } = {}) {
  if (get().busy) return;
  set({ busy: publish ? "publish" : "save", notice: null });
  sent = { data: get().data };
  ask("save", { ...draft(), base: get().base, note, publish, seen: running()?.number ?? 0 });
}

export function publishVersion(version) {
  if (get().busy) return;
  set({ busy: "publish", notice: null });
  ask("publish", { number: version, seen: running()?.number ?? 0 });
}

export const open = (wish) => { set({ busy: "open" }); ask("open", wish); };

/** Before and after are numbers; without an after it is the draft. */
export function compare(before, after = 0) {
  set({ compared: { before, after, rows: null } });
  ask("compare", { before, after, ...(after ? {} : draft()) });
}

/** Somebody else saved: go on from theirs with the text here, or take theirs. */
export const keepMine = () => set({ base: get().notice.number, notice: null });
/** Put both people's changes together; where both changed the same words, those here stand. */
export function takeBoth() {
  const { both, number } = get().notice;
  const clashes = both.clashes.length ? ` Where both changed the same, yours stands: ${both.clashes.join(", ")}.` : "";
  set({ base: number, notice: { kind: "opened", text: `The draft has both now.${clashes}` } });
  takeUp(both);
}
export function takeTheirs() {
  set({ base: get().notice.number, notice: null });
  open({ number: get().base });
}

/* ---- what arrives ---- */

const seen = new WeakSet();
const ANSWERS = { looked: ["look", onLooked], saved: [null, onSaved], opened: ["open", onOpened], compared: ["compare", onCompared], played: ["play", onPlayed] };

export function ingest(keys) {
  if (!keys) return;
  viewer = keys.me?.id ?? viewer;
  if (keys.studio && !seen.has(keys.studio)) {
    seen.add(keys.studio);
    onStudio(keys.studio);
  }
  for (const [key, [kind, act]] of Object.entries(ANSWERS)) {
    const said = keys[key];
    if (!said || seen.has(said)) continue;
    seen.add(said);
    if (kind === null || said.nr === latest[kind]) act(said);
  }
}

function onStudio(studio) {
  const saved = { text: studio.text, data: studio.data };
  const first = get().studio === null;
  const before = first ? kept() : null;
  set({ studio, versions: studio.versions, busy: "" });
  if (first && before) {
    const text = before.text ?? studio.text;
    set({ saved, base: before.base, text, data: before.data ?? null, byText: before.text !== undefined, dirty: true, kept: true });
    edits += 1;
    lookSoon(0);
    if (before.base !== studio.base) outrun(studio);
  } else if (first || !get().dirty) {
    set({ saved, base: studio.base, text: studio.text, data: studio.data, byText: true, dirty: false, problems: studio.problems, mode: studio.data ? get().mode : "yaml" });
    lookSoon(0);
  } else if (studio.base !== get().base) {
    outrun(studio);
  }
}

function outrun(studio) {
  const newest = studio.versions[0];
  if (newest) set({ notice: { kind: "stale", number: newest.number, by: newest.by, text: `${newest.by} saved version ${newest.number} while these changes were being made.`, rows: null } });
}

function onLooked(said) {
  if (!said.ok) {
    set({ checking: false, notice: { kind: "error", text: said.text } });
    return;
  }
  const still = looked === edits;
  const answers = { turns: said.turns, problems: said.problems, checking: !still };
  // While there are mistakes the talk of before stays to be read.
  if (said.problems.length) delete answers.turns;
  if (!still) set(answers);
  else if (get().byText) set({ ...answers, data: said.data });
  else set({ ...answers, text: said.text });
}

function onSaved(said) {
  const publishing = get().busy === "publish";
  set({ busy: "", versions: said.versions ?? get().versions });
  if (said.why === "stale") {
    set({ dialog: null, notice: { kind: "stale", number: said.number, by: said.by, text: said.text, rows: said.rows ?? null, both: said.both ?? null } });
    return;
  }
  if (said.draft !== undefined) onKept(said);
  if (said.ok) set({ dialog: null, notice: { kind: "saved", published: publishing, number: said.number } });
  else set({ notice: { kind: "error", text: said.text } });
}

function onKept(said) {
  const saved = { text: said.draft, data: sent.data };
  const dirty = get().byText ? get().text !== said.draft : !same(get().data, sent.data);
  set({ base: said.number, saved, dirty, kept: false });
  keep();
}

function onOpened(said) {
  set({ busy: "" });
  if (!said.ok) {
    set({ notice: { kind: "error", text: said.text } });
    return;
  }
  if (said.number && said.number === get().base) set({ saved: { text: said.text, data: said.data } });
  takeUp(said);
  const from = said.number ? `version ${said.number}` : `the playbook “${said.name}” that ships`;
  set({ pane: "edit", mode: said.data && get().mode === "versions" ? "form" : get().mode, notice: get().dirty ? { kind: "opened", text: `The draft is ${from}. Leads hear it once it is published.` } : null });
}

function onCompared(said) {
  if (said.ok) set({ compared: { before: said.before, after: said.after, rows: said.rows } });
  else set({ compared: null, notice: { kind: "error", text: said.text } });
}

function onPlayed(said) {
  set({ play: said.ok ? { state: "done", edits, ...said } : { state: "failed", text: said.text } });
}

export const playedBefore = () => get().play.edits !== edits;
