/* The board by keyboard. Off inside text fields, and off for keys with a modifier. */
import { STAGES } from "./order.js";
import * as store from "./store.js";

const ARROWS = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] };
const typing = (target) => target.closest?.("input, textarea, select, [contenteditable=true]");
const modified = (event) => event.ctrlKey || event.metaKey || event.altKey;

/** Keys on a focused card. */
export function onCardKey(event, id) {
  if (modified(event) || event.target.dataset?.leadCard !== String(id)) return;
  const act = store.get().carry ? whileCarrying(event) : onCard(event, id);
  if (!act) return;
  event.preventDefault();
  event.stopPropagation();
  act();
}

function whileCarrying({ key }) {
  if (ARROWS[key]) return () => store.carryBy(...ARROWS[key]);
  if (key === " " || key === "Enter") return () => { const { id } = store.get().carry; store.put(); focusSoon(id); };
  if (key === "Escape") return store.cancel;
  return null;
}

function onCard({ key, shiftKey, currentTarget }, id) {
  if (ARROWS[key]) return () => step(id, ...ARROWS[key]);
  if (key === "Enter") return () => store.open(id);
  if (key === " ") return () => store.lift(id, "keys");
  const stage = STAGES[Number(key) - 1];
  if (stage) return () => { store.move(id, stage, 0); focusSoon(id); };
  const letter = shiftKey ? "" : key.toLowerCase();
  if (letter === "s" || key === "ContextMenu") return () => menuAt(id, currentTarget);
  if (letter === "t") return () => store.take(id);
  if (letter === "j") return () => step(id, 0, 1);
  if (letter === "u") return () => step(id, 0, -1);
  return null;
}

function menuAt(id, frame) {
  const box = frame.getBoundingClientRect();
  store.set({ menu: { id, x: box.left + 16, y: box.top + 28, keys: true } });
}

/** The focus goes to the neighbour in the column, or to the nearest card of the next column that has one. */
function step(id, dx, dy) {
  const { columns } = store.look();
  const stage = STAGES.find((name) => columns[name].some((card) => card.id === id));
  const index = columns[stage].findIndex((card) => card.id === id);
  let at = STAGES.indexOf(stage);
  if (dx === 0) return focus(columns[stage][index + dy]?.id);
  do at += dx; while (STAGES[at] && columns[STAGES[at]].length === 0);
  const lane = columns[STAGES[at]];
  if (lane) focus(lane[Math.min(index, lane.length - 1)].id);
}

export function focus(id) {
  const frame = document.getElementById(`card-${id}`);
  frame?.focus();
  frame?.scrollIntoView({ block: "nearest", inline: "nearest" });
}

/** After the card was drawn in its new column. */
export const focusSoon = (id) => requestAnimationFrame(() => requestAnimationFrame(() => focus(id)));

/** Keys that work wherever the focus is. */
export function onPageKey(event) {
  if (event.defaultPrevented || modified(event)) return;
  if (event.key === "Escape" && (store.get().menu || store.get().keys || store.get().carry)) return store.cancel();
  if (typing(event.target)) return;
  const act = PAGE[event.key];
  if (!act) return;
  event.preventDefault();
  act();
}

const PAGE = {
  "/": () => document.getElementById("board-search")?.focus(),
  "?": () => store.set({ keys: true }),
  f: () => document.getElementById("board-filter")?.click(),
  z: store.undo,
};

export const KEYS = [
  ["Move around", ["←", "↑", "↓", "→"]], ["Open lead", ["Enter"]],
  ["Next, previous", ["J", "U"]], ["Move to stage", ["1", "2", "…", "6"]],
  ["Pick up, drop", ["Space"]], ["Stage menu", ["S"]],
  ["Take", ["T"]], ["Undo", ["Z"]],
  ["Reply", ["R"]], ["Note", ["N"]],
  ["Return to the agent", ["Shift", "R"]], ["Judge hot, warm, cold", ["V", "H", "W", "C"]],
  ["Search", ["/"]], ["Filter", ["F"]],
  ["Close, cancel", ["Esc"]], ["All keys", ["?"]],
];
