/* What the board shows, worked out from the live keys: which cards, in which column, in which order. Pure. */

export const STAGES = ["new", "qualifying", "qualified", "working", "won", "lost"];
export const NAMES = {
  new: "New", qualifying: "Qualifying", qualified: "Qualified", working: "Working", won: "Won", lost: "Lost",
};
export const SORTS = { board: "Board order", urgent: "Most urgent", recent: "Newest message" };

const setOf = new WeakMap();
function idsOf(board) {
  let ids = setOf.get(board);
  if (!ids) setOf.set(board, (ids = new Set(board.ids)));
  return ids;
}

/** The cards that the last snapshot held, or that came after it; null before the first snapshot. */
export function cardsOf(keys) {
  const board = keys?.board;
  if (!board) return null;
  const ids = idsOf(board);
  const cards = [];
  for (const key in keys) {
    if (!key.startsWith("card_")) continue;
    const card = keys[key];
    if (card && (ids.has(card.id) || (card.run === board.run && card.seq > board.seq))) cards.push(card);
  }
  return cards;
}

/** A card as its viewer left it, until the server says where it is. */
export function asWished(card, wish) {
  const told = !wish || (wish.done && card.version >= wish.done);
  return told ? card : { ...card, stage: wish.stage, position: wish.position };
}

const fold = (text) => (text ?? "").normalize("NFD").replace(/\p{M}/gu, "").toLowerCase();

/** Whether a card is shown under these filters. `view.scope` is all, mine or unassigned. */
export function shown(card, view, me, at = Date.now()) {
  if (view.scope === "mine" && card.owner_id !== me.id) return false;
  if (view.scope === "unassigned" && card.owner_id !== null) return false;
  for (const [name, wanted] of Object.entries(view.only)) {
    if (wanted.length && !wanted.includes(trait(card, name, at))) return false;
  }
  return matches(card, view.query);
}

/** What a filter looks at. */
export function trait(card, name, at = Date.now()) {
  if (name === "temperature") return card.temperature ?? "none";
  if (name === "risk") return card.risk ?? "none";
  if (name === "reply") return isLate(card, at) ? "late" : card.waiting_since ? "waiting" : "answered";
  if (name === "owner") return card.owner_name || "Nobody";
  return card[name] ?? "none";
}

/** Whether every word of the query is found in the name, the interest or the last message. */
export function matches(card, query) {
  if (!query) return true;
  const text = fold(`${card.name} ${card.interest} ${card.preview} ${card.owner_name}`);
  return fold(query).split(/\s+/).every((word) => text.includes(word));
}

export const isLate = (card, at) => Boolean(card.due_at && card.waiting_since && at >= card.due_at);

const FAR = Number.MAX_SAFE_INTEGER;
const ORDERS = {
  board: (a, b) => a.position - b.position || b.id - a.id,
  urgent: (a, b) => urgency(a) - urgency(b) || ORDERS.recent(a, b),
  recent: (a, b) => (b.updated_at ?? 0) - (a.updated_at ?? 0) || b.id - a.id,
};
const HEAT = { HOT: 1, WARM: 2, COLD: 3 };
const urgency = (card) => card.due_at ?? FAR / 2 + (HEAT[card.temperature] ?? 4);

/** `{stage: [card, ...]}` of the shown cards, in order. */
export function columns(cards, view, me, at = Date.now()) {
  const found = Object.fromEntries(STAGES.map((stage) => [stage, []]));
  for (const card of cards) if (found[card.stage] && shown(card, view, me, at)) found[card.stage].push(card);
  for (const stage of STAGES) found[stage].sort(ORDERS[view.sort] ?? ORDERS.board);
  return found;
}

/** Where a card comes to lie among `cards` when it is dropped: the asked index, or where the sort puts it. */
export function landing(cards, card, index, sort) {
  const others = cards.filter((other) => other.id !== card.id);
  if (sort === "board") return Math.max(0, Math.min(index, others.length));
  const at = others.findIndex((other) => ORDERS[sort](card, other) < 0);
  return at < 0 ? others.length : at;
}

/** The neighbours of a gap, as the server wants them, and a position between them for the time until it answers. */
export function gap(cards, card, index) {
  const others = cards.filter((other) => other.id !== card.id);
  const [above, below] = [others[index - 1], others[index]];
  let position = -Date.now() / 1000;
  if (above && below) position = (above.position + below.position) / 2;
  else if (below) position = below.position - 1;
  else if (above) position = above.position + 1;
  return { before: below?.id ?? null, after: above?.id ?? null, position };
}

const KNOWN = {
  temperature: ["HOT", "WARM", "COLD", "none"], risk: ["HIGH", "MEDIUM", "LOW", "none"], reply: ["late", "waiting", "answered"],
};

/** The values of a filter with the number of cards: in their own order where they have one, else most first. */
export function choices(cards, name, at = Date.now()) {
  const counts = new Map((KNOWN[name] ?? []).map((value) => [value, 0]));
  for (const card of cards) {
    const value = trait(card, name, at);
    counts.set(value, (counts.get(value) ?? 0) + 1);
  }
  return KNOWN[name] ? [...counts] : [...counts].sort((a, b) => b[1] - a[1]);
}

/** The name most like the query, if any is like it at all. */
export function closest(cards, query) {
  const wanted = pairs(fold(query));
  let best = null;
  let score = 0.34;
  for (const card of cards) {
    const found = pairs(fold(card.name));
    let same = 0;
    for (const pair of wanted) if (found.has(pair)) same += 1;
    const likeness = (2 * same) / (wanted.size + found.size || 1);
    if (likeness > score) [best, score] = [card, likeness];
  }
  return best;
}

function pairs(text) {
  const found = new Set();
  for (let i = 0; i < text.length - 1; i += 1) found.add(text.slice(i, i + 2));
  return found;
}
