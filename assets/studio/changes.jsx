/* What differs between two playbooks, and the last look at it before leads hear it. */
import { useEffect, useRef, useState } from "react";
import * as store from "./store.js";

/** Fields that differ, with what is gone and what is new in them. */
export function Changes({ rows }) {
  return (
    <dl className="st-changes">
      {rows.map((row, index) => (
        <div key={index}>
          <dt>{row.name}</dt>
          <dd>{row.parts.map((part, place) => (part.kind === "gone" ? <del key={place}>{part.text}</del> : part.kind === "new" ? <ins key={place}>{part.text}</ins> : <span key={place}>{part.text}</span>))}</dd>
        </div>
      ))}
    </dl>
  );
}

/** The changes that were asked for last; grey bars until they are here. */
export function Compared() {
  const compared = store.useStudio((state) => state.compared);
  if (!compared) return null;
  if (!compared.rows) return <div className="st-wait" role="status" aria-label="Comparing"><span className="sk" /><span className="sk" /></div>;
  if (!compared.rows.length) return <p className="t2 st-none">No difference in what is said.</p>;
  return <Changes rows={compared.rows} />;
}

/** A last look before leads hear it; `version` is one that was saved before, 0 the draft. */
export function PublishDialog({ version }) {
  const busy = store.useStudio((state) => state.busy);
  const [note, write] = useState("");
  const box = useRef(null);
  const field = useRef(null);
  useEffect(() => {
    const before = document.activeElement;
    (field.current ?? box.current.querySelector("button.primary")).focus();
    return () => before?.focus?.();
  }, []);
  const close = () => store.set({ dialog: null, compared: null });
  const go = () => (version ? store.publishVersion(version) : store.save({ publish: true, note }));
  const onKeyDown = (event) => {
    if (event.key === "Escape") close();
    else if (event.key === "Enter" && (event.ctrlKey || event.metaKey || event.target === field.current)) go();
    else if (event.key === "Tab") stay(event, box.current);
    else return;
    if (event.key !== "Tab") event.preventDefault();
  };
  const now = store.running();
  return (
    <>
      <div className="ll-dim" onClick={close} />
      <div className="ll-dialog is-over st-dialog" role="dialog" aria-modal="true" aria-labelledby="publish-title" ref={box} onKeyDown={onKeyDown}>
        <h2 id="publish-title">{version ? `Publish version ${version}` : "Publish this playbook"}</h2>
        <p className="t2">{now ? `It takes the place of version ${now.number}` : "It takes the place of the playbook that ships"}, from the agent’s next answer on, also in talks that are under way.</p>
        <div className="st-diff" tabIndex={0} aria-label="What changes"><Compared /></div>
        {version ? null : (
          <label className="st-field"><span>Note <span className="t3">for the list of versions</span></span>
            <input ref={field} className="st-inp" maxLength={200} value={note} placeholder="What changed, in a few words" onChange={(event) => write(event.target.value)} />
          </label>
        )}
        <div className="acts">
          <button type="button" className="ll-btn" onClick={close}>Cancel</button>
          <button type="button" className="ll-btn primary" disabled={busy !== ""} onClick={go}>{busy ? "Publishing" : "Publish"}</button>
        </div>
      </div>
    </>
  );
}

/** Tab goes round inside the dialog. */
function stay(event, box) {
  const stops = [...box.querySelectorAll("button:not([disabled]), input, [tabindex='0']")];
  const [first, last] = [stops[0], stops[stops.length - 1]];
  if (event.shiftKey ? document.activeElement !== first : document.activeElement !== last) return;
  event.preventDefault();
  (event.shiftKey ? last : first).focus();
}
