/* What this tab knows beside the cards: filters, wishes that the server has not answered, what is lifted, toasts. */
import { storeOf } from "$/public/store.js";
import { asWished, cardsOf, columns, gap, landing, NAMES, STAGES } from "./order.js";

const KEPT = "leadline.board";
const FLASH = 8000;
const PATIENCE = 10_000;
const NOTHING = { temperature: [], risk: [], reply: [], language: [], source: [], owner: [] };

function kept() {
  try {
    return JSON.parse(localStorage.getItem(KEPT)) ?? {};
  } catch {
    return {};
  }
}

export const { get, set, use: useUi } = storeOf({
  view: { scope: "all", only: NOTHING, query: "", sort: "board", compact: false, stage: "new" },
  open: 0, closed: 0, carry: null, menu: null, keys: false, toasts: [], said: "", wishes: new Map(), flashes: new Map(),
});
/** The cards as they were last worked out; read by actions, never by a render. */
let seen = { keys: null, cards: null, columns: Object.fromEntries(STAGES.map((stage) => [stage, []])), me: {} };
/** What the page gave us to ask the server with. */
let server = {};
/** Cards that moved under the viewer's own hand: they do not fly. */
export const landed = new Set();

export const look = () => seen;
export const serve = (given) => { server = given; };

/** Take up the filters of the last visit. Called once, after the first paint, so that it equals the built page. */
export function remember() {
  const { view } = kept();
  if (view) see({ ...view, query: "", only: { ...NOTHING, ...view.only } });
}

export function see(patch) {
  const view = { ...get().view, ...patch };
  set({ view });
  try {
    localStorage.setItem(KEPT, JSON.stringify({ view }));
  } catch { /* a private window: the filters are those of this visit */ }
}

export const filtered = (view) => view.query !== "" || Object.values(view.only).some((values) => values.length > 0);
export const clear = () => see({ only: NOTHING, query: "" });
export function toggle(name, value) {
  const now = get().view.only[name];
  const next = now.includes(value) ? now.filter((other) => other !== value) : [...now, value];
  see({ only: { ...get().view.only, [name]: next } });
}
export const drop1 = (name) => see({ only: { ...get().view.only, [name]: [] } });

/** The board as it is shown: every card, and the columns under the filters. Null before the first snapshot. */
export function workOut(keys, ui, at) {
  const cards = cardsOf(keys)?.map((card) => asWished(card, ui.wishes.get(card.id))) ?? null;
  const me = keys?.board?.me ?? {};
  seen = { keys, cards, me, columns: columns(cards ?? [], ui.view, me, at) };
  return seen;
}

export const find = (id) => seen.cards?.find((card) => card.id === id);

/* ---- what arrives ---- */

let leaving = false;
let before = { board: null, cards: new Map() };
const answered = new WeakSet();

/** Look at what came: answers to wishes, moves by others, a sign-out, the first snapshot after a break. */
export function ingest(keys) {
  if (!keys) return;
  if (keys.signed_out && !leaving) {
    leaving = true;
    window.location.assign("/sign-in");
  }
  for (let slot = 0; slot < 16; slot += 1) {
    const said = keys[`answer_${slot}`];
    if (said && !answered.has(said)) {
      answered.add(said);
      settle(said);
    }
  }
  const cards = cardsOf(keys);
  if (cards) compare(keys.board, cards);
}

function compare(board, cards) {
  const now = new Map(cards.map((card) => [card.id, card]));
  const known = before;
  before = { board, cards: now };
  if (!known.board) return;
  let news = 0;
  const flashes = [];
  let newest = 0;
  for (const card of cards) {
    const old = known.cards.get(card.id);
    if (old === card) continue;
    if (!old || old.version !== card.version) news += 1;
    if (old && old.version !== card.version) newest = Math.max(newest, card.updated_at);
    if (old && card.moved_at !== old.moved_at && card.moved_by && card.moved_by !== board.me.name) flashes.push(card.id);
  }
  flash(flashes);
  forgetDone(now);
  if (newest && known.board === board && Math.random() < SAMPLED) painted(newest);
  if (known.board !== board && away) {
    back = performance.now();
    tell({ away: Math.round(back - away) });
    away = 0;
    if (news) toast({ icon: "check", title: "Back, and up to date", text: `${news} ${news === 1 ? "change" : "changes"} arrived while you were away.` });
  }
}

/** When the line was lost, by this page's own clock; 0 while it stands. */
let away = 0;
/** When it last came back. */
let back = -PATIENCE;
export const lost = () => { away ||= performance.now(); };

/** One change in so many tells the server when it was on the screen. */
const SAMPLED = 0.05;

function tell(seen) {
  navigator.sendBeacon?.("/api/seen", JSON.stringify(seen));
}

/** Two frames later the browser has painted what React is about to write. A hidden page paints nothing. */
function painted(at) {
  if (document.hidden) return;
  requestAnimationFrame(() => requestAnimationFrame(() => tell({ painted: at })));
}

function flash(ids) {
  if (!ids.length) return;
  const flashes = new Map(get().flashes);
  for (const id of ids) flashes.set(id, Date.now() + FLASH);
  set({ flashes });
  setTimeout(() => {
    const left = new Map([...get().flashes].filter(([, until]) => until > Date.now()));
    set({ flashes: left });
  }, FLASH + 50);
}

function forgetDone(now) {
  const done = [...get().wishes].filter(([id, wish]) => wish.done && (now.get(id)?.version ?? Infinity) >= wish.done);
  if (done.length) dropWishes(done.map(([id]) => id));
}

function dropWishes(ids) {
  const wishes = new Map(get().wishes);
  for (const id of ids) wishes.delete(id);
  set({ wishes });
}

/* ---- wishes ---- */

let number = 0;
const asked = new Map();

/** Put a card into a column, at an index among the cards shown there; a sorted view decides the index itself. */
export function move(id, stage, index = 0, { quiet = false } = {}) {
  const card = find(id);
  if (!card) return;
  const there = seen.columns[stage];
  const place = gap(there, card, landing(there, card, index, get().view.sort));
  place_(card, stage, place, quiet);
}

function place_(card, stage, { before: below, after: above, position }, quiet) {
  const here = seen.columns[card.stage];
  const at = here.findIndex((other) => other.id === card.id);
  const from = { stage: card.stage, before: here[at + 1]?.id ?? null, after: here[at - 1]?.id ?? null, position: card.position };
  if (from.stage === stage && from.before === below && from.after === above) return;
  number += 1;
  const earlier = get().wishes.get(card.id);
  asked.set(number, { id: card.id, name: card.name, stage, from, quiet });
  set({ wishes: new Map(get().wishes).set(card.id, { nr: number, stage, position, from }) });
  const wish = { nr: number, id: card.id, stage, before: below, after: above };
  if (earlier && !earlier.done) hold(wish);
  else ask(wish, Math.max(card.version, earlier?.done ?? 0));
  say(`${card.name} to ${NAMES[stage]}`);
}

function ask(wish, version) {
  server.move?.({ ...wish, version });
  expire(wish.id, wish.nr);
}

/** Wishes that wait for the answer to an earlier one about their card, by card. Without its answer they would meet the
 * version that it makes, and be refused in the name of their own viewer. */
const held = new Map();

function hold(wish) {
  asked.delete(held.get(wish.id)?.nr);
  held.set(wish.id, wish);
}

function release(id) {
  const wish = held.get(id);
  held.delete(id);
  return wish;
}

/** A wish whose answer went missing is given up; while the line is down, and just after, it waits. */
function expire(id, nr) {
  setTimeout(() => {
    if (!asked.has(nr)) return;
    if (away || performance.now() - back < PATIENCE) return expire(id, nr);
    asked.get(nr).late = true;
    asked.delete(release(id)?.nr);
    dropWishes([id]);
  }, PATIENCE);
}

export function take(id) {
  const card = find(id);
  if (!card || card.owner_id !== null) return;
  number += 1;
  asked.set(number, { id, name: card.name, took: true });
  server.take?.({ nr: number, id });
}

let last = null;
/** Put the last card that this viewer moved back to where it was. */
export function undo() {
  if (!last) return;
  const { id, from } = last;
  const card = find(id);
  last = null;
  hush("moved");
  if (card) place_(card, from.stage, from, true);
}

function settle(said) {
  const wish = asked.get(said.nr);
  asked.delete(said.nr);
  if (!wish) return undefined;
  if (!said.ok) return refuse(wish, said);
  if (wish.late) return undefined;
  if (wish.took) return toast({ icon: "check", title: `${wish.name} is yours`, text: "You answer from now on.", open: wish.id });
  const next = release(wish.id);
  if (next) return ask(next, said.version);
  const current = get().wishes.get(wish.id);
  if (current?.nr === said.nr) set({ wishes: new Map(get().wishes).set(wish.id, { ...current, done: said.version }) });
  forgetDone(before.cards);
  if (wish.from.stage !== wish.stage && !wish.quiet) {
    last = wish;
    toast({ kind: "moved", icon: "check", title: `Moved ${wish.name} to ${NAMES[wish.stage]}`, undo: true });
  }
  return undefined;
}

function refuse(refused, said) {
  const mine = !refused.took && !refused.late;
  const later = mine ? release(refused.id) : undefined;
  const wish = asked.get(later?.nr) ?? refused;
  asked.delete(later?.nr);
  if (mine) dropWishes([wish.id]);
  const stale = said.why === "stale" && said.by && said.stage;
  const title = stale ? `${said.by.split(" ")[0]} moved ${wish.name} to ${NAMES[said.stage]}` : wish.took ? `${wish.name} was not taken` : `${wish.name} was not moved`;
  const tried = wish.took ? "" : `Your move to ${NAMES[wish.stage]} was not applied. `;
  toast({
    tone: stale ? "" : "err", icon: stale ? "users" : "alert", title, open: wish.id, stays: true,
    text: stale ? `${tried}The card shows the truth.` : `${said.text} ${tried}`.trim(),
  });
  say(`${title}. ${tried}`);
}

export const waiting = () => [...get().wishes.values()].filter((wish) => !wish.done).length;

/* ---- toasts and the live region ---- */

let toasts = 0;
export function toast(given) {
  toasts += 1;
  const n = toasts;
  const others = get().toasts.filter((other) => !given.kind || other.kind !== given.kind);
  set({ toasts: [...others, { n, ...given }].slice(-3) });
  if (!given.stays) setTimeout(() => dismiss(n), 6000);
}
export const dismiss = (n) => set({ toasts: get().toasts.filter((other) => other.n !== n) });
const hush = (kind) => set({ toasts: get().toasts.filter((other) => other.kind !== kind) });
export const say = (said) => set({ said });

/* ---- lift, carry, drop ---- */

export function open(id) {
  set({ closed: 0 });
  server.open?.(id);
}

/** Put the open lead away at once; the server hears of it when there is a line. */
export const close = (id) => set({ closed: id });

export function lift(id, by) {
  const card = find(id);
  if (!card) return;
  const index = seen.columns[card.stage].findIndex((other) => other.id === id);
  set({ carry: { id, by, stage: by === "keys" ? card.stage : null, index, name: card.name }, menu: null });
  if (by === "keys") say(`Lifted ${card.name}. Arrows carry, Space drops, Escape cancels.`);
}

/** The lifted card hangs over `stage`, before the card with this index; null: over no column. */
export function over(stage, index) {
  const { carry } = get();
  if (!carry || (carry.stage === stage && carry.index === index)) return;
  set({ carry: { ...carry, stage, index } });
}

/** Where the slot is drawn in a column: an index among the cards without the lifted one; null for none. */
export function slotIn(stage, carry = get().carry) {
  if (!carry || carry.stage !== stage) return null;
  const card = find(carry.id);
  return card ? landing(seen.columns[stage], card, carry.index, get().view.sort) : null;
}

export function carryBy(dx, dy) {
  const { carry } = get();
  const at = STAGES.indexOf(carry.stage);
  const stage = STAGES[Math.max(0, Math.min(STAGES.length - 1, at + dx))];
  const most = seen.columns[stage].filter((card) => card.id !== carry.id).length;
  const index = Math.max(0, Math.min(most, (dx ? Math.min(carry.index, most) : carry.index) + dy));
  set({ carry: { ...carry, stage, index } });
  say(`${NAMES[stage]}, place ${index + 1} of ${most + 1}`);
}

export function put() {
  const { carry } = get();
  set({ carry: null });
  if (!carry?.stage) return;
  landed.add(carry.id);
  move(carry.id, carry.stage, carry.index);
}

export function cancel() {
  if (get().carry) say("Put back");
  set({ carry: null, menu: null, keys: false });
}
