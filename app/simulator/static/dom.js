/* Small helpers to draw with. Text is always set as text, never as markup. */
export function h(tag, traits = {}, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(traits)) {
    if (name.startsWith("on")) element.addEventListener(name.slice(2), value);
    else if (value === true) element.setAttribute(name, "");
    else if (value !== false && value != null) element.setAttribute(name, value);
  }
  element.append(...children.flat().filter((child) => child != null && child !== false));
  return element;
}

const PATHS = {
  back: ["M14.500 6.500 9 12l5.500 5.500"],
  send: ["M4.500 12 3.500 4.800c0-.6.600-1 1.200-.8L20.500 11.300c.600.300.600 1.100 0 1.400L4.700 20c-.6.200-1.200-.2-1.200-.8Z", "M4.500 12h7.500"],
  check: ["m5 12.500 5 5L19.500 7"],
  plus: ["M12 5v14M5 12h14"],
  chat: ["M4 5.500h16v11H9.500L5.500 20v-3.500H4Z"],
};

function svg(tag, traits) {
  const element = document.createElementNS("http://www.w3.org/2000/svg", tag);
  for (const [name, value] of Object.entries(traits)) element.setAttribute(name, value);
  return element;
}

function drawing(traits, paths) {
  const root = svg("svg", traits);
  root.append(...paths.map((d) => svg("path", { d })));
  return root;
}

export const icon = (name, size = "") => drawing({ class: `i ${size}`, viewBox: "0 0 24 24", "aria-hidden": "true" }, PATHS[name]);

const TICKS = {
  waiting: ["M8 1.500a4.500 4.500 0 1 0 0 9 4.500 4.500 0 0 0 0-9Z", "M8 3.500V6l1.700 1"],
  sent: ["m3.500 6.500 3.200 3.200L12.500 3"],
  delivered: ["m1 6.500 3.200 3.200L10 3", "m7.200 9 .8.7L14.500 3"],
};

/* One tick: the gateway has it; two: the business has it; blue: the business read it. */
export function tick(state) {
  const words = { waiting: "Waiting", sent: "Sent", delivered: "Delivered", read: "Read" };
  const traits = { class: `tick ${state}`, viewBox: "0 0 16 12", role: "img", "aria-label": words[state] };
  return drawing(traits, TICKS[state] ?? TICKS.delivered);
}

export const clock = (at) => new Date(at).toLocaleTimeString([], { hour: "2-digit", minute: "2-digit", hour12: false });

export const initials = (name) => name.split(/\s+/).slice(0, 2).map((word) => word[0] ?? "").join("").toUpperCase();

export function face(name) {
  const shade = ([...name].reduce((sum, letter) => sum + letter.charCodeAt(0), 0) % 6) + 1;
  return h("span", { class: `ll-face l p${shade}`, "aria-hidden": "true" }, initials(name));
}

/* The business's own face: the logo. */
export function logoFace() {
  const root = svg("svg", { width: 16, height: 20, viewBox: "0 0 24 24", "aria-hidden": "true" });
  root.append(svg("rect", { width: 24, height: 24, rx: 6, fill: "currentColor" }));
  const ink = svg("g", { fill: "none", stroke: "var(--ll-on-brand)", "stroke-width": 1.9, "stroke-linecap": "round" });
  ink.append(
    svg("path", { d: "M8.500 4.500V13M12 6.200h6.500M12 10.200h4.500M12 14.200h2.500" }),
    svg("path", { d: "M8.500 12.200c1.900 2.200 2.900 3.600 2.900 4.900a2.900 2.900 0 0 1-5.800 0c0-1.300 1-2.700 2.900-4.900Z", fill: "var(--ll-on-brand)", stroke: "none" }),
  );
  root.append(ink);
  return h("span", { class: "ll-face l p1", "aria-hidden": "true" }, root);
}
