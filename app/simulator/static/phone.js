/* The lead's phone: draws what the model knows. */
import { CAST, LANGUAGES, suggestions } from "./cast.js";
import { clock, face, h, icon, logoFace, tick } from "./dom.js";
import { begin, businessIsUp, chatOf, flush, model, onChange, pickUp, putDown, setSignal, show, take, write } from "./model.js";
import { business } from "./wire.js";

const $ = (id) => document.getElementById(id);
let asking = false;
let complaint = "";

const isPlayed = (one) => model.person?.name === `${one.name} ${one.surname}`;

/* A member of the cast keeps the same phone until "Start over". */
async function play(one) {
  asking = false;
  const name = `${one.name} ${one.surname}`;
  const known = model.people.find((person) => person.name === name);
  await (known ? take(known) : pickUp({ name, language: one.language }));
}

function radio(checked, onclick, title, trait, about) {
  return h("button", { class: "radio", type: "button", role: "radio", "aria-checked": String(checked), onclick },
    h("span", { class: "o" }),
    h("span", { class: "grow" }, h("b", { class: "strong" }, title), trait && `, ${trait}`, h("br"), h("span", { class: "fs12 t2" }, about)));
}

function castButtons() {
  const own = model.person && !CAST.some(isPlayed);
  const cast = CAST.map((one) => radio(isPlayed(one) && !asking, () => play(one), one.name, one.trait, one.about));
  const about = own ? `You are ${model.person.name}.` : "A blank phone. Type anything.";
  return [...cast, radio(asking || own, () => { asking = true; draw(); }, "Yourself", null, about), asking && ownForm()];
}

function ownForm() {
  const submit = async (event) => {
    event.preventDefault();
    const asked = new FormData(event.target);
    try {
      await pickUp({ name: asked.get("name"), number: asked.get("number"), language: asked.get("language"), hidden: asked.has("hidden") });
      asking = false;
      complaint = "";
    } catch (error) {
      complaint = error.message;
    }
    draw();
  };
  const field = (label, control) => h("label", {}, h("span", {}, label), control);
  const languages = Object.entries(LANGUAGES).map(([code, name]) => h("option", { value: code }, name));
  return h("form", { class: "form", onsubmit: submit },
    field("Name", h("input", { name: "name", required: true, maxlength: 80, autocomplete: "off" })),
    field("Number, or leave it empty for a made-up one", h("input", { name: "number", inputmode: "tel", pattern: "[+0-9 ()\\-]{6,20}", placeholder: "+1 555 01xx xxxx", autocomplete: "off" })),
    field("Language", h("select", { name: "language" }, languages)),
    h("label", { class: "check" }, h("input", { type: "checkbox", name: "hidden" }), h("span", {}, "Hide the number, as some WhatsApp accounts do")),
    complaint && h("p", { class: "oops", role: "alert" }, complaint),
    h("button", { class: "ll-btn primary", type: "submit" }, "Take this phone"));
}

function bar(back, portrait, title, small, more) {
  return h("div", { class: "wa-bar" }, back, portrait, h("div", { class: "grow" }, h("b", { class: "trunc" }, title), h("small", { class: "trunc" }, small)), more);
}

function note() {
  if (!model.up) return h("p", { class: "wa-note err", role: "alert" }, "The demo cannot be reached. This page tries again by itself.");
  if (!model.person) return null;
  if (!model.person.online) return h("p", { class: "wa-note" }, "No signal. Messages wait on this phone.");
  if (model.open && !businessIsUp(model.open)) return h("p", { class: "wa-note" }, `${business} is not on WhatsApp right now. Messages wait.`);
  return null;
}

function listScreen() {
  const rows = model.person ? chatRows() : [];
  const others = model.people.filter((one) => one.number !== model.person?.number);
  const subtitle = model.person ? `${model.person.name} · +${model.person.number}` : "Nobody holds this phone";
  return [
    bar(null, model.person ? face(model.person.name) : logoFace(), "Chats", subtitle, null),
    note(),
    h("div", { class: "wa-list" },
      model.failed && model.up && h("div", { class: "ll-empty wa-blank", role: "alert" }, h("b", {}, "The demo does not answer"), model.failed),
      rows,
      !rows.length && !model.failed && model.up && h("div", { class: "ll-empty wa-blank" }, icon("chat", "l"), h("b", {}, "No chats yet"), `Pick a lead to write to ${business}.`),
      others.length > 0 && [h("h2", {}, "Other phones"), ...others.map(otherRow)],
      h("div", { class: "only-m" },
        h("div", {}, h("h2", {}, "You are the lead"), ...castButtons().filter(Boolean)),
        model.person && h("div", { class: "row wa-blank" }, h("button", { class: "ll-btn", type: "button", onclick: startOver }, "Start over"), h("button", { class: "ll-btn", type: "button", onclick: () => setSignal(!model.person.online) }, signalWords())))),
  ];
}

const signalWords = () => (model.person?.online === false ? "Find signal" : "Lose signal");

function row(portrait, title, last, onclick) {
  const text = last ? [last.mine && tick(last.tick), h("span", { class: "trunc" }, last.text || last.file?.name || "")] : "No message yet";
  return h("button", { class: "wa-row", type: "button", onclick }, portrait,
    h("span", { class: "grow" }, h("span", { class: "top" }, h("b", { class: "trunc" }, title), last && h("time", {}, clock(last.at))), h("span", { class: "last" }, text)));
}

const chatTitle = (name) => (name === "agent" ? business : `${business}, ${name}`);

function chatRows() {
  return Object.entries(model.chats).map(([name, chat]) => row(logoFace(), chatTitle(name), chat.at(-1), () => show(name)));
}

const otherRow = (person) => row(face(person.name), person.name, person.last, () => take(person));

function chatScreen() {
  const name = model.open;
  const chat = chatOf(name);
  const number = model.sessions.find((one) => one.name === name)?.number ?? "";
  const back = h("button", { class: "ll-ico", type: "button", "aria-label": "Back to chats", onclick: () => show(null) }, icon("back", "l"));
  const small = model.typing[name] ? "typing…" : businessIsUp(name) ? number : "offline";
  return [
    bar(back, logoFace(), chatTitle(name), small, null),
    note(),
    h("div", { class: "wa-chat", role: "log", "aria-label": `Chat with ${chatTitle(name)}` },
      h("span", { class: "wa-pill" }, "Today"),
      h("span", { class: "wa-pill" }, "This is a demo phone. Nothing leaves this machine."),
      ...chat.map((message, place) => bubble(message, chat[place - 1])),
      model.typing[name] && h("div", { class: "bub first gap dotted" }, h("span", { class: "dots", role: "img", "aria-label": "typing" }, h("i"), h("i"), h("i")))),
    quick(chat),
    composer(name),
  ];
}

function bubble(message, before) {
  const fresh = before?.mine !== message.mine;
  const kind = `bub ${message.mine ? "out" : ""} ${fresh ? "first gap" : ""} ${message.trouble ? "failed" : ""}`;
  const retry = () => { message.trouble = ""; void flush(); };
  return h("div", { class: kind, "data-id": message.id },
    message.file && h("span", { class: "hand" }, message.file.name),
    h("span", { class: "text" }, message.text),
    message.reaction && h("span", { class: "mood" }, message.reaction),
    message.trouble && h("button", { class: "again", type: "button", onclick: retry }, `Not sent: ${message.trouble}. Try again`),
    h("span", { class: "meta" }, clock(message.at), message.mine && tick(message.tick)));
}

function quick(chat) {
  const chips = suggestions(model.person, chat).map((text) => h("button", { type: "button", onclick: () => write(text) }, text));
  return h("div", { class: "quick" }, chips);
}

function composer(name) {
  const draftKey = `${model.person.number}/${name}`;
  const box = h("textarea", { rows: 1, placeholder: "Message", "aria-label": "Message", maxlength: 4096, id: "message" });
  const go = h("button", { class: "go", type: "submit", "aria-label": "Send" }, icon("send", "l"));
  const fit = () => {
    model.drafts[draftKey] = box.value;
    go.disabled = !box.value.trim();
    box.style.height = "auto";
    box.style.height = `${box.scrollHeight}px`;
  };
  const submit = (event) => {
    event?.preventDefault();
    const text = box.value.trim();
    if (!text) return;
    model.drafts[draftKey] = "";
    write(text);
  };
  const form = h("form", { class: "wa-in", onsubmit: submit }, h("div", { class: "f" }, box), go);
  box.value = model.drafts[draftKey] ?? "";
  box.addEventListener("input", fit);
  box.addEventListener("keydown", (event) => event.key === "Enter" && !event.shiftKey && !event.isComposing && submit(event));
  requestAnimationFrame(fit);
  return form;
}

function steps() {
  const agent = model.chats.agent ?? [];
  const asked = agent.find((message) => message.mine);
  const answered = agent.find((message) => !message.mine);
  const done = [Boolean(asked), Boolean(answered), agent.filter((message) => message.mine).length > 2, (model.chats.consultant ?? []).some((message) => !message.mine)];
  const words = ["Write a first message.", "Wait for the agent’s answer.", "Give a name, a city, a budget, and watch the card on the board fill.", "Sign in to the board as Ana and answer: her number opens a second chat here."];
  return words.map((text, place) => h("li", { class: done[place] ? "done" : "" },
    h("span", { class: "n" }, done[place] ? icon("check", "xs") : String(place + 1)), h("span", {}, text)));
}

function line() {
  const chat = model.chats.agent ?? [];
  const place = chat.findLastIndex((message, at) => !message.mine && chat[at - 1]?.mine);
  const took = place > 0 ? `${((chat[place].at - chat[place - 1].at) / 1000).toFixed(1)} s` : "none yet";
  const pairs = [["Last answer took", took], ...model.sessions.map((one) => [one.name === "agent" ? "The agent’s number" : "The consultants’ number", one.status === "WORKING" ? one.number : one.status.toLowerCase().replaceAll("_", " ")])];
  return pairs.map(([term, text]) => h("div", {}, h("dt", {}, term), h("dd", { class: "num" }, text)));
}

/* Redraws keep the caret, the form in progress, and the place in a chat that is being read. */
function draw() {
  const focused = document.activeElement;
  const typing = focused?.id === "message" ? [focused.selectionStart, focused.selectionEnd] : null;
  const old = $("screen").querySelector(".wa-chat");
  const reading = old && old.scrollHeight - old.scrollTop - old.clientHeight > 80 ? old.scrollTop : null;
  const editing = focused?.closest?.(".form");
  if (!editing) $("cast").replaceChildren(...castButtons().filter(Boolean));
  if (!editing || model.open) $("screen").replaceChildren(...(model.person && model.open ? chatScreen() : listScreen()).flat().filter(Boolean));
  const chat = $("screen").querySelector(".wa-chat");
  if (chat) chat.scrollTop = reading ?? chat.scrollHeight;
  if (typing) {
    $("message")?.focus({ preventScroll: true });
    $("message")?.setSelectionRange(...typing);
  }
  $("steps").replaceChildren(...steps());
  $("line").replaceChildren(...line());
  $("start-over").disabled = !model.person;
  $("signal").disabled = !model.person;
  $("signal").setAttribute("aria-pressed", String(model.person?.online === false));
  $("signal").querySelector("span").textContent = signalWords();
}

/* The same person with a new number, as if nobody had ever heard of them. */
async function startOver() {
  const { name, language, hidden } = model.person;
  await putDown();
  await pickUp({ name, language, hidden });
}

$("start-over").addEventListener("click", startOver);
$("signal").addEventListener("click", () => setSignal(!model.person.online));
onChange(draw);
await begin();
