/* The board's moving parts in React: the provider, a card's frame, a lane with its slot, and cards that fly. */
import { Component, createContext, useContext, useEffect, useMemo, useRef } from "react";
import { autoScrollForElements } from "@atlaskit/pragmatic-drag-and-drop-auto-scroll/element";
import { draggable, dropTargetForElements, monitorForElements } from "@atlaskit/pragmatic-drag-and-drop/adapter/element-adapter";
import { preserveOffsetOnSource } from "@atlaskit/pragmatic-drag-and-drop/utils/preserve-offset-on-source";
import { setCustomNativeDragPreview } from "@atlaskit/pragmatic-drag-and-drop/utils/set-custom-native-drag-preview";
import { combine } from "@atlaskit/pragmatic-drag-and-drop/utils/combine";
import { useStateContext } from "$/utils/context-registry";
import { useNow } from "$/public/pieces.js";
import { onCardKey, onPageKey } from "./keys.js";
import { isLate, NAMES, STAGES } from "./order.js";
import * as store from "./store.js";

const NOTHING = Object.fromEntries(STAGES.map((stage) => [stage, []]));
const BoardContext = createContext({ cards: null, columns: NOTHING, rows: NOTHING, me: {}, late: {} });

/** What the board shows now: `cards` (null before the first snapshot), `columns` of cards, `rows` with the slot of a
 * lifted card among them, `late` counts, `me`, `view`. */
export const useBoard = () => useContext(BoardContext);

/** Works the board out from the live keys of the Reflex state `keys`, and asks the server by the given events. */
export function Board({ keys: name, opened, onMove, onTake, onOpen, children }) {
  const keys = useStateContext(name);
  const view = store.useUi((state) => state.view);
  const wishes = store.useUi((state) => state.wishes);
  const carry = store.useUi((state) => state.carry);
  const at = useNow(10_000);
  store.serve({ move: onMove, take: onTake, open: onOpen });
  useEffect(store.remember, []);
  useEffect(() => store.ingest(keys), [keys]);
  useEffect(() => {
    store.set({ open: opened });
    if (opened) inSight(opened);
  }, [opened]);
  useEffect(() => {
    window.addEventListener("keydown", onPageKey);
    return () => window.removeEventListener("keydown", onPageKey);
  }, []);
  useEffect(() => monitorForElements({ onDrop: store.put }), []);
  const board = useMemo(() => {
    const found = store.workOut(keys, { view, wishes }, at);
    const late = Object.fromEntries(STAGES.map((stage) => [stage, found.columns[stage].filter((card) => isLate(card, at)).length]));
    return { ...found, late, view, keys };
  }, [keys, view, wishes, at]);
  const shown = useMemo(() => ({ ...board, rows: withSlot(board.columns, carry) }), [board, carry]);
  return <BoardContext.Provider value={shown}><Flight columns={board.columns}>{children}</Flight></BoardContext.Provider>;
}

/** The drawer covers the right of the board: bring the column of the open card to its left. */
function inSight(id) {
  const frame = frameOf(id);
  const column = frame?.closest(".ll-col");
  const board = column?.closest(".ll-board");
  const drawer = document.querySelector(".ll-drawer")?.getBoundingClientRect();
  if (!board || !drawer || drawer.left < 300) return;
  frame.scrollIntoView({ block: "nearest", inline: "nearest" });
  if (frame.getBoundingClientRect().right <= drawer.left - 8) return;
  const before = column.previousElementSibling ?? column;
  board.scrollTo({ left: before.offsetLeft - board.offsetLeft - 16, behavior: still() ? "auto" : "smooth" });
}

const SLOT = { id: 0, slot: true };

function withSlot(columns, carry) {
  const at = carry?.stage ? store.slotIn(carry.stage, carry) : null;
  if (at === null) return columns;
  const cards = columns[carry.stage];
  // The lifted card leaves its outline where it was: over that place no slot is needed.
  if (cards[at]?.id === carry.id) return columns;
  const below = cards.filter((card) => card.id !== carry.id)[at];
  const index = below ? cards.indexOf(below) : cards.length;
  return { ...columns, [carry.stage]: [...cards.slice(0, index), SLOT, ...cards.slice(index)] };
}

/* ---- the frame of a card ---- */

const frameOf = (id) => document.getElementById(`card-${id}`);
const coarse = () => window.matchMedia("(pointer: coarse)").matches;

function preview({ nativeSetDragImage, location, source }) {
  setCustomNativeDragPreview({
    nativeSetDragImage,
    getOffset: preserveOffsetOnSource({ element: source.element, input: location.current.input }),
    render: ({ container }) => {
      const lifted = source.element.cloneNode(true);
      lifted.removeAttribute("id");
      lifted.classList.remove("is-ghost", "is-open");
      lifted.classList.add("is-lifted");
      lifted.style.width = `${source.element.offsetWidth}px`;
      container.className = document.documentElement.className;
      container.append(lifted);
    },
  });
}

/** The frame of a card: it can be dragged, opened, moved by keys, and shows what happens to it. */
export function CardFrame({ lead: id, name, children }) {
  const frame = useRef(null);
  const open = store.useUi((state) => state.open === id && state.closed !== id);
  const lifted = store.useUi((state) => state.carry?.id === id);
  const flash = store.useUi((state) => state.flashes.has(id));
  useEffect(() => draggable({
    element: frame.current,
    canDrag: () => !coarse(),
    getInitialData: () => ({ lead: id }),
    onGenerateDragPreview: preview,
    onDragStart: () => store.lift(id, "pointer"),
  }), [id]);
  const press = useLongPress(() => store.set({ menu: { id } }));
  const classes = ["ll-card", open && "is-open", lifted && "is-ghost", flash && "is-moved"].filter(Boolean).join(" ");
  return (
    <article id={`card-${id}`} ref={frame} className={classes} tabIndex={-1} data-lead-card={id} aria-label={name}
      aria-roledescription="card" aria-haspopup="dialog" {...press}
      onClick={() => store.open(id)}
      onContextMenu={(event) => { event.preventDefault(); store.set({ menu: { id, x: event.clientX, y: event.clientY } }); }}
      onKeyDown={(event) => onCardKey(event, id)}>
      {children}
    </article>
  );
}

/** A thumb that rests on a card for half a second asks where to move it. */
function useLongPress(act) {
  const timer = useRef(null);
  const stop = () => clearTimeout(timer.current);
  return {
    onTouchStart: () => { timer.current = setTimeout(() => { navigator.vibrate?.(10); act(); }, 500); },
    onTouchEnd: stop, onTouchMove: stop, onTouchCancel: stop,
  };
}

/** The second line of a card: who moved it, for a while after somebody else did; else its own. */
export function MovedBy({ lead: id, by, children }) {
  const flash = store.useUi((state) => state.flashes.has(id));
  if (!flash || !by) return children;
  return (
    <div className="ll-card__sub by">
      <svg className="i xs" viewBox="0 0 24 24" aria-hidden="true"><path d="M5 12h14M13 6l6 6-6 6" /></svg>
      <span className="trunc">{by.split(" ")[0]} moved it, just now</span>
    </div>
  );
}

/* ---- a lane ---- */

/** The cards of a column, with a slot where a lifted card would come to lie. */
export function Lane({ stage, children }) {
  const lane = useRef(null);
  const target = store.useUi((state) => state.carry?.stage === stage);
  const { cards, rows, view } = useBoard();
  useEffect(() => {
    const column = lane.current.closest(".ll-col");
    const aim = ({ location }) => store.over(stage, indexAt(lane.current, location.current.input.clientY));
    return combine(
      dropTargetForElements({ element: column, getData: () => ({ stage }), onDragEnter: aim, onDrag: aim, onDragLeave: () => store.over(null, 0) }),
      autoScrollForElements({ element: lane.current }),
    );
  }, [stage]);
  useEffect(() => { lane.current.closest(".ll-col").classList.toggle("is-over", target); }, [target]);
  useEffect(() => { oneStop(lane.current); });
  return (
    <div className="ll-col__body" ref={lane} onFocus={rove}>
      {cards && rows[stage].length === 0 ? <EmptyLane stage={stage} view={view} cards={cards} /> : children}
    </div>
  );
}

/** What an empty column says, and the way out when filters emptied it. */
function EmptyLane({ stage, view, cards }) {
  const hidden = cards?.filter((card) => card.stage === stage).length ?? 0;
  if (!cards || cards.length === 0) return null;
  if (!hidden) return <div className="ll-empty"><b>No {NAMES[stage].toLowerCase()} leads</b>{HINTS[stage]}</div>;
  const clear = () => { store.clear(); store.see({ scope: "all" }); };
  return (
    <div className="ll-empty">
      <svg className="i" viewBox="0 0 24 24" aria-hidden="true"><path d="M4 7h16M7 12h10M10 17h4" /></svg>
      <b>No {NAMES[stage].toLowerCase()} leads here</b>
      {hidden} {hidden === 1 ? "is" : "are"} hidden by {view?.query ? "the search" : "filters"}.<br />
      <button type="button" className="ll-btn" onClick={clear}>Show all</button>
    </div>
  );
}

const HINTS = {
  new: "A first message on WhatsApp appears here by itself.", qualifying: "The agent is talking to nobody now.",
  qualified: "Leads with their facts known wait here for a person.", working: "Drag a card here when you answer it.",
  won: "Drag a card here when the lead buys.", lost: "Drag a card here when the lead will not buy.",
};

function indexAt(lane, y) {
  const lifted = String(store.get().carry?.id);
  const frames = [...lane.querySelectorAll("[data-lead-card]")].filter((frame) => frame.dataset.leadCard !== lifted);
  return frames.filter((frame) => {
    const box = frame.getBoundingClientRect();
    return box.top + box.height / 2 < y;
  }).length;
}

/** One tab stop for each column: the card that had the focus last, or the first. */
function oneStop(lane) {
  const frames = [...lane.querySelectorAll("[data-lead-card]")];
  const stop = frames.find((frame) => frame.dataset.leadCard === lane.dataset.stop) ?? frames[0];
  for (const frame of frames) frame.tabIndex = frame === stop ? 0 : -1;
}

function rove(event) {
  const frame = event.target.closest("[data-lead-card]");
  const lane = event.currentTarget;
  if (!frame) return;
  lane.dataset.stop = frame.dataset.leadCard;
  oneStop(lane);
}

/* ---- flight: a moved card is seen to move ---- */

const MOST = 40;

class Flight extends Component {
  getSnapshotBeforeUpdate(old) {
    if (old.columns === this.props.columns || still()) return null;
    const moved = changes(old.columns, this.props.columns);
    if (moved.length === 0 || moved.length > MOST) return null;
    return new Map(moved.map((id) => [id, frameOf(id)?.getBoundingClientRect()]));
  }

  componentDidUpdate(_props, _state, boxes) {
    if (boxes) for (const [id, box] of boxes) if (box) fly(id, box);
    store.landed.clear();
  }

  render() {
    return this.props.children;
  }
}

export const still = () => document.hidden || window.matchMedia("(prefers-reduced-motion: reduce)").matches;

function changes(old, now) {
  const found = [];
  for (const stage of STAGES) {
    const before = new Map(old[stage].map((card, index) => [card.id, index]));
    if (now[stage].length === old[stage].length && now[stage].every((card, index) => before.get(card.id) === index)) continue;
    now[stage].forEach((card, index) => { if (before.get(card.id) !== index) found.push(card.id); });
  }
  return found;
}

function fly(id, from) {
  const frame = frameOf(id);
  if (!frame || store.landed.has(id)) return;
  const to = frame.getBoundingClientRect();
  const [dx, dy] = [from.left - to.left, from.top - to.top];
  if (Math.abs(dx) < 2 && Math.abs(dy) < 2) return;
  const style = getComputedStyle(document.documentElement);
  const timing = { duration: parseFloat(style.getPropertyValue("--ll-t-move")) || 240, easing: style.getPropertyValue("--ll-ease") || "ease" };
  const path = [{ transform: `translate(${dx}px, ${dy}px)` }, { transform: "none" }];
  if (Math.abs(dx) < 2) frame.animate(path, timing);
  else across(frame, to, path, timing);
}

/** Lanes clip what leaves them, so a card that changes its column is flown by a copy above them. */
function across(frame, to, path, timing) {
  const copy = frame.cloneNode(true);
  copy.removeAttribute("id");
  copy.removeAttribute("data-lead-card");
  copy.setAttribute("aria-hidden", "true");
  Object.assign(copy.style, { position: "fixed", left: `${to.left}px`, top: `${to.top}px`, width: `${to.width}px`, zIndex: 8, pointerEvents: "none", boxShadow: "var(--ll-shadow-3)" });
  frame.closest(".ll-app").append(copy);
  // Not visibility: a hidden card could not take the focus that a move by key gives it.
  frame.style.opacity = 0;
  const flight = copy.animate(path, timing);
  flight.onfinish = flight.oncancel = () => {
    copy.remove();
    frame.style.opacity = "";
  };
}
