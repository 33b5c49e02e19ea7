/* The sign-in form: an ordinary form that posts by itself; the script adds the words of a refusal and the eye. */
import { createElement as h, useEffect, useState } from "react";

const EMAIL = "leadline-email";

const SENTENCES = {
  wrong: ({ left }) => `Email and password do not match.${triesLeft(left)}`,
  busy: () => "Leadline cannot check this right now. Try again in a moment; nothing was lost.",
  origin: () => "This page was opened under another address than Leadline’s own. Open Leadline at its own address and sign in there.",
};

function triesLeft(left) {
  if (left === null || left === "") return "";
  const number = Number(left);
  if (number <= 0) return " The next try has to wait a little.";
  return ` ${number} ${number === 1 ? "try" : "tries"} left before a pause.`;
}

function refusal(search) {
  const told = new URLSearchParams(search);
  const kind = told.get("error");
  return kind && { kind, left: told.get("left"), seconds: Math.max(0, Math.ceil(Number(told.get("seconds")) || 0)) };
}

function remembered() {
  try {
    return sessionStorage.getItem(EMAIL) ?? "";
  } catch {
    return "";
  }
}

function remember(email) {
  try {
    sessionStorage.setItem(EMAIL, email);
  } catch {
    /* Without storage the address has to be typed again after a refusal. */
  }
}

/* The form is there before this script: what was typed or filled in until now stays, and so does the caret. */
function takeUp(id) {
  const email = document.getElementById("email");
  if (!email.value) email.value = remembered();
  if (document.activeElement === document.body) document.getElementById(id).focus();
}

function countdown(seconds) {
  if (seconds >= 60) return `${Math.ceil(seconds / 60)} min`;
  return `${seconds} s`;
}

/** Email, password, and what was wrong with the last try. */
export function SignInForm() {
  const [trouble, setTrouble] = useState(null);
  const [left, setLeft] = useState(0);
  const [plain, setPlain] = useState(false);
  const [busy, setBusy] = useState(false);
  const [next, setNext] = useState("/");

  useEffect(() => {
    const told = refusal(window.location.search);
    setNext(new URLSearchParams(window.location.search).get("next") ?? "/");
    setTrouble(told);
    setLeft(told?.seconds ?? 0);
    takeUp(told ? "password" : "email");
    const back = (event) => event.persisted && setBusy(false);
    window.addEventListener("pageshow", back);
    return () => window.removeEventListener("pageshow", back);
  }, []);

  useEffect(() => {
    if (left <= 0) return undefined;
    const timer = setTimeout(() => setLeft(left - 1), 1000);
    return () => clearTimeout(timer);
  }, [left]);

  const waits = trouble?.kind === "wait";
  const wrong = trouble?.kind === "wrong";
  const words = trouble && (waits
    ? (left > 0 ? `Too many tries. The next one is possible in ${countdown(left)}.` : "You can try again now.")
    : (SENTENCES[trouble.kind] ?? SENTENCES.busy)(trouble));
  const submitted = () => {
    remember(document.getElementById("email").value);
    setBusy(true);
  };
  return h("form", { className: "lead", method: "post", action: "/api/sign-in", onSubmit: submitted },
    h("input", { type: "hidden", name: "next", value: next }),
    h("label", { className: "field", htmlFor: "email" },
      h("i", { className: "pt" }), h("span", { className: "l" }, "Email"),
      h("span", { className: "inp" }, h("input", {
        id: "email", name: "email", type: "email", autoComplete: "username", required: true,
        maxLength: 254, spellCheck: false, autoCapitalize: "none",
      }))),
    h("div", { className: "field" },
      h("i", { className: `pt${trouble ? " o" : ""}` }),
      h("label", { className: "l", htmlFor: "password" }, "Password"),
      h("span", { className: `inp${wrong ? " bad" : ""}` },
        h("input", {
          id: "password", name: "password", type: plain ? "text" : "password", autoComplete: "current-password",
          required: true, maxLength: 1024, "aria-invalid": wrong || undefined,
          "aria-describedby": words ? "trouble" : undefined,
        }),
        h("button", {
          type: "button", className: "ll-ico", "aria-label": plain ? "Hide password" : "Show password",
          "aria-pressed": plain, style: { height: 32, width: 32 }, onClick: () => setPlain(!plain),
        }, eye(plain))),
      words && h("span", { className: waits && left <= 0 ? "ferr is-over" : "ferr", id: "trouble", role: "alert" },
        warning(), h("span", null, words))),
    h("button", {
      type: "submit", className: "ll-btn primary l", disabled: busy || left > 0,
      style: { width: "100%", marginTop: 4 },
    }, busy ? "Signing in" : "Sign in"));
}

const line = (...paths) => h("svg", { className: "i", viewBox: "0 0 24 24", "aria-hidden": true }, ...paths);
const warning = () => h("svg", { className: "i s", viewBox: "0 0 24 24", "aria-hidden": true },
  h("path", { d: "M12 3.8 21.5 20h-19ZM12 10v4.3M12 17v.1" }));
const eye = (open) => line(
  h("path", { key: 1, d: "M2.5 12S6 5.5 12 5.5 21.5 12 21.5 12 18 18.5 12 18.5 2.5 12 2.5 12Z" }),
  h("circle", { key: 2, cx: 12, cy: 12, r: 2.8 }),
  open ? h("path", { key: 3, d: "M4 20 20 4" }) : null);

/** Light or dark, as the reader wants it; the page already follows the system. */
export function ThemeSwitch() {
  const [dark, setDark] = useState(false);
  useEffect(() => setDark(document.documentElement.classList.contains("dark")), []);
  const turn = () => {
    const theme = dark ? "light" : "dark";
    document.documentElement.classList.remove("light", "dark");
    document.documentElement.classList.add(theme);
    try {
      localStorage.setItem("theme", theme);
    } catch {
      /* Without storage the choice lasts as long as the page. */
    }
    setDark(!dark);
  };
  return h("button", { type: "button", className: "ll-ico", "aria-label": dark ? "Light theme" : "Dark theme", onClick: turn },
    dark ? line(h("circle", { key: 1, cx: 12, cy: 12, r: 4 }), h("path", { key: 2, d: "M12 2.5v2M12 19.5v2M2.5 12h2M19.5 12h2M5.3 5.3l1.4 1.4M17.3 17.3l1.4 1.4M5.3 18.7l1.4-1.4M17.3 6.7l1.4-1.4" }))
      : line(h("path", { d: "M20 14.5A8.5 8.5 0 0 1 9.5 4a8.5 8.5 0 1 0 10.5 10.5Z" })));
}
