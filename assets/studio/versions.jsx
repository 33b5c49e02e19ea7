/* Every version that was saved: who, when, why; compare, open again, publish or roll back. */
import { Link } from "react-router";
import { When } from "$/public/pieces.js";
import { Compared } from "./changes.jsx";
import * as store from "./store.js";

export function Versions() {
  const { versions, compared, studio, busy } = store.useStudio((state) => state);
  return (
    <div className="st-form">
      <section className="ll-panel st-sec">
        <h2>Versions</h2>
        {versions.length ? (
          <ul className="st-versions">{versions.map((version) => <Version key={version.number} {...{ version, compared, busy }} />)}</ul>
        ) : <p className="t2">Nothing was saved yet: the agent talks by “{studio.file}”, as it ships.</p>}
      </section>
      <section className="ll-panel st-sec">
        <h2>Start from one that ships</h2>
        <p className="fs12 t2">It becomes the draft; the agent goes on as before until you publish.</p>
        <div className="row st-add">{studio.shipped.map((name) => <button key={name} type="button" className="ll-btn" disabled={busy !== ""} onClick={() => start(name)}>{NAMES[name] ?? name}</button>)}</div>
      </section>
    </div>
  );
}

/** Leads to the replay of a version over the conversations of this house. */
export const Try = ({ number }) => <Link className="ll-btn" to={`/playbook/replay?playbook=${number}`}>Try on stored chats</Link>;

const NAMES = { school: "School enrolment", clinic: "Clinic", solar: "Solar power" };

const sure = () => !store.get().dirty || window.confirm("The unsaved changes of this draft are replaced. Go on?");

function start(name) {
  if (sure()) store.open({ name });
}

/** A last look at what changes for leads, before they hear it. */
function publish(number) {
  store.compare(store.running()?.number ?? 0, number);
  store.set({ dialog: { version: number } });
}

function Version({ version, compared, busy }) {
  const { number, note, by, at, published, published_at: before } = version;
  const here = compared?.before === number && compared.after === 0;
  const open = () => { if (sure()) store.open({ number }); };
  return (
    <li>
      <div className="row">
        <b>Version {number}</b>
        {published ? <span className="state ok">Runs now</span> : before ? <span className="demo-tag">Ran before</span> : null}
        <span className="grow" />
        <span className="fs12 t3"><When at={at} kind="moment" /></span>
      </div>
      <p className="t2">{note || "No note"}<span className="t3"> · {by}</span></p>
      <div className="row st-acts">
        <button type="button" className="ll-btn" aria-expanded={here} onClick={() => (here ? store.set({ compared: null }) : store.compare(number))}>Compare with the draft</button>
        <button type="button" className="ll-btn" disabled={busy !== ""} onClick={open}>Open as draft</button>
        {published ? null : <Try number={number} />}
        {published ? null : <button type="button" className="ll-btn" disabled={busy !== ""} onClick={() => publish(number)}>{before ? "Roll back to it" : "Publish it"}</button>}
      </div>
      {here ? <div className="st-diff"><Compared /></div> : null}
    </li>
  );
}
