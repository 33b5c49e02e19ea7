/* The playbook as YAML with line numbers, and the list of what is wrong, each of which leads to its place. */
import { useMemo, useRef } from "react";
import { ChevronRight, TriangleAlert } from "lucide-react";
import { at, idOf } from "./places.js";
import * as store from "./store.js";

export function Yaml() {
  const text = store.useStudio((state) => state.text);
  const problems = store.useStudio((state) => state.problems);
  const gutter = useRef(null);
  const wrong = useMemo(() => new Set(problems.map((problem) => problem.line)), [problems]);
  const lines = useMemo(() => text.split("\n").map((_, index) => index + 1), [text]);
  const follow = (event) => { gutter.current.scrollTop = event.target.scrollTop; };
  return (
    <div className="ll-panel st-yaml">
      <div className="st-gutter" ref={gutter} aria-hidden="true">
        {lines.map((line) => <span key={line} className={wrong.has(line) ? "is-wrong" : undefined}>{line}</span>)}
      </div>
      <textarea id="yaml" value={text} spellCheck={false} wrap="off" aria-label="The playbook as YAML" aria-invalid={problems.length > 0}
        onScroll={follow} onChange={(event) => store.editText(event.target.value)} />
    </div>
  );
}

/** What is wrong, folded to one line until somebody wants to see it. */
export function Problems() {
  const problems = store.useStudio((state) => state.problems);
  if (!problems.length) return null;
  const words = problems.length === 1 ? "One thing to mend before this can be published" : `${problems.length} things to mend before this can be published`;
  return (
    <details className="st-problems" open={problems.length < 4}>
      <summary role="status"><TriangleAlert className="i s" aria-hidden="true" />{words}</summary>
      <ul>
        {problems.map((problem, index) => (
          <li key={index}>
            <button type="button" onClick={() => show(problem)}>
              <ChevronRight className="i xs" aria-hidden="true" />
              <span>{problem.line ? <b>Line {problem.line} </b> : null}{problem.name} {problem.message}.</span>
            </button>
          </li>
        ))}
      </ul>
    </details>
  );
}

/** Bring the place of a problem before the eyes: its field where the form has one, else its line. */
function show(problem) {
  const { mode, data } = store.get();
  if (mode === "form" && data) {
    if (problem.language) store.set({ language: problem.language });
    requestAnimationFrame(() => (fieldOf(problem.path) ? focus(fieldOf(problem.path)) : showLine(problem.line)));
  } else showLine(problem.line);
}

function fieldOf(path) {
  for (let length = path.length; length > 0; length -= 1) {
    const inner = at(store.get().data, path.slice(0, length));
    const found = document.getElementById(idOf(path.slice(0, length))) ?? (Array.isArray(inner) || inner === undefined ? document.getElementById(idOf([...path.slice(0, length), 0])) : null);
    if (found) return found;
  }
  return null;
}

function focus(field) {
  field.focus();
  field.scrollIntoView({ block: "center" });
}

function showLine(line) {
  store.set({ mode: "yaml" });
  requestAnimationFrame(() => {
    const area = document.getElementById("yaml");
    if (!area) return;
    const before = area.value.split("\n").slice(0, Math.max(0, line - 1)).join("\n").length + (line > 1 ? 1 : 0);
    const end = area.value.indexOf("\n", before);
    area.focus();
    area.setSelectionRange(before, end < 0 ? area.value.length : end);
    area.scrollTop = Math.max(0, (line - 6) * 20);
  });
}
