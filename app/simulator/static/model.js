/* What this page knows. Every change goes through here and ends in one redraw. */
import { call, listen, Refused } from "./wire.js";

export const model = {
  people: [],
  sessions: [],
  person: null,
  chats: {},
  open: null,
  typing: {},
  up: true,
  failed: null,
  drafts: {},
};

let redraw = () => {};
let hangUp = () => {};

export function onChange(draw) {
  redraw = draw;
}

const session = (name) => model.sessions.find((one) => one.name === name);
export const businessIsUp = (name) => session(name)?.status === "WORKING";

export async function refresh() {
  try {
    const { people, sessions } = await call("GET", "/state");
    Object.assign(model, { people, sessions, failed: null });
    if (model.person) model.person = people.find((one) => one.number === model.person.number) ?? null;
  } catch (error) {
    model.failed = error instanceof Refused ? error.message : "It is stopped or starting. This page tries again by itself.";
  }
  redraw();
}

export async function pickUp(wish) {
  const person = await call("POST", "/people", wish);
  await take(person);
  await refresh();
}

/* Take a phone in hand: listen, and read its chats whenever the line opens, so that nothing falls between. */
export async function take(person, open = "agent") {
  hangUp();
  const same = model.person?.number === person.number;
  Object.assign(model, { person, open, typing: {}, up: true, chats: same ? model.chats : {} });
  sessionStorage.setItem("phone", person.number);
  await reread();
  hangUp = listen(person.number, hear, (up) => {
    model.up = up;
    if (up) void reread();
    redraw();
  });
}

let missed = null;

/* What happens while the chats are being read is told afterwards; telling twice changes nothing. */
async function reread() {
  missed ??= [];
  const { number } = model.person;
  try {
    const [{ person, chats }, { sessions, people }] = await Promise.all([call("GET", `/people/${number}/chats`), call("GET", "/state")]);
    if (model.person?.number !== number) return;
    const unsent = waiting();
    Object.assign(model, { person, chats, sessions, people });
    for (const message of unsent) chatOf(message.session).push(message);
  } finally {
    const happenings = missed ?? [];
    missed = null;
    happenings.forEach(happen);
    look();
    redraw();
  }
  await flush();
}

function hear(happening) {
  if (missed) missed.push(happening);
  else happen(happening);
}

export async function putDown() {
  const { number } = model.person;
  hangUp();
  Object.assign(model, { person: null, chats: {}, open: null });
  sessionStorage.removeItem("phone");
  await call("DELETE", `/people/${number}`);
  await refresh();
}

export function show(name) {
  model.open = name;
  look();
  redraw();
}

function look() {
  if (model.person?.online && model.open && !document.hidden) {
    call("POST", `/people/${model.person.number}/look`, { session: model.open }).catch(() => {});
  }
}
document.addEventListener("visibilitychange", look);

export function chatOf(name) {
  return (model.chats[name] ??= []);
}

const waiting = () => Object.values(model.chats).flat().filter((message) => message.waiting);

/* A message is drawn at once and waits with a clock until the business can be reached. */
export function write(text) {
  const message = { id: crypto.randomUUID(), session: model.open, mine: true, text, at: Date.now(), tick: "waiting", waiting: true };
  chatOf(model.open).push(message);
  redraw();
  void flush();
}

let flushing = false;

export async function flush() {
  if (flushing || !model.person?.online) return;
  flushing = true;
  try {
    for (const message of waiting().filter((one) => businessIsUp(one.session))) await deliver(message);
  } finally {
    flushing = false;
    redraw();
  }
}

async function deliver(message) {
  const { number } = model.person;
  try {
    const stored = await call("POST", `/people/${number}/messages`, { session: message.session, text: message.text });
    const chat = chatOf(message.session);
    const arrived = chat.find((one) => one.id === stored.id);
    if (arrived && arrived !== message) chat.splice(chat.indexOf(message), 1);
    else Object.assign(message, stored, { waiting: false });
  } catch (error) {
    // Nobody there, or 503, the business is away: the message waits. Anything else is said at the message.
    if (error instanceof Refused && error.status !== 503) message.trouble = error.message;
  }
}

export async function setSignal(online) {
  await call("POST", `/people/${model.person.number}/signal`, { online });
  model.person.online = online;
  await reread();
}

function happen(happening) {
  const doings = { message: arrive, status: change, typing: type, session: turn, reset: forget };
  doings[happening.type]?.(happening);
  redraw();
}

function arrive({ message }) {
  const chat = chatOf(message.session);
  const known = chat.find((one) => one.id === message.id || (one.waiting && one.text === message.text && message.mine));
  if (known) Object.assign(known, message, { waiting: false });
  else chat.push(message);
  if (message.mine) return;
  model.typing[message.session] = false;
  if (message.session === model.open) look();
}

function change({ message }) {
  const known = chatOf(message.session).find((one) => one.id === message.id);
  if (known) Object.assign(known, message);
}

function type({ session: name, on }) {
  model.typing[name] = on;
}

function turn({ session: name, status }) {
  const known = session(name);
  if (known) known.status = status;
  else void refresh();
  if (status === "WORKING") void flush();
}

function forget() {
  Object.assign(model, { person: null, chats: {}, open: null });
  sessionStorage.removeItem("phone");
  void refresh();
}

export async function begin() {
  await refresh();
  const last = sessionStorage.getItem("phone");
  const person = model.people.find((one) => one.number === last);
  if (person) await take(person);
  // Another tab may pick up a phone, and the business's numbers may come and go before one is held here.
  setInterval(() => !document.hidden && (model.person === null || !model.up) && refresh(), 3000);
}
