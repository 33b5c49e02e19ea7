/* The playbook page in the browser: what runs and what is saved on top, the editor, the preview beside it. */
import { useEffect } from "react";
import { Check, CircleAlert, History, ListChecks, MessageSquare, Pencil, TriangleAlert, Users } from "lucide-react";
import { useStateContext } from "$/utils/context-registry";
import { Changes, PublishDialog } from "./changes.jsx";
import { Form, Languages } from "./form.jsx";
import { Cast, Chat } from "./preview.jsx";
import * as store from "./store.js";
import { Try, Versions } from "./versions.jsx";
import { Problems, Yaml } from "./yaml.jsx";

/** The whole page under its tabs; reads the live keys of the Reflex state `keys`. */
export function Studio({ keys: name, onLook, onSave, onPublish, onOpen, onCompare, onPlay }) {
  const keys = useStateContext(name);
  const ready = store.useStudio((state) => state.studio !== null);
  const pane = store.useStudio((state) => state.pane);
  const dialog = store.useStudio((state) => state.dialog);
  store.serve({ look: onLook, save: onSave, publish: onPublish, open: onOpen, compare: onCompare, play: onPlay });
  useEffect(() => store.ingest(keys), [keys]);
  useLeaving();
  if (!ready) return null;
  return (
    <>
      <Head />
      <Notice />
      <Panes />
      <div className="st-cols" data-pane={pane} onKeyDown={onKey}>
        <Editor />
        <Preview />
      </div>
      {dialog ? <PublishDialog {...dialog} /> : null}
    </>
  );
}

function onKey(event) {
  if (!(event.ctrlKey || event.metaKey) || event.key.toLowerCase() !== "s") return;
  event.preventDefault();
  if (store.get().dirty) store.save();
}

/** Leaving the tab with unsaved changes is asked about; they are kept in this browser all the same. */
function useLeaving() {
  const dirty = store.useStudio((state) => state.dirty);
  useEffect(() => {
    if (!dirty) return undefined;
    const ask = (event) => event.preventDefault();
    window.addEventListener("beforeunload", ask);
    return () => window.removeEventListener("beforeunload", ask);
  }, [dirty]);
}

/* ---- on top ---- */

function Head() {
  const { dirty, busy, problems, base, versions, studio } = store.useStudio((state) => state);
  const now = versions.find((version) => version.published);
  const newest = !dirty && now && now.number === base;
  const unpublished = dirty || (base ? !newest : false);
  return (
    <header className="st-head">
      <h1>Playbook</h1>
      <p className="t2 grow" role="status">
        {now ? <>Version {now.number} runs, published by {now.by}</> : <>The agent talks by “{studio.file}”, as it ships</>}
        {dirty ? <span className="st-dirty"> · unsaved changes</span> : null}
        {!dirty && base && !newest ? <span> · version {base} is a draft</span> : null}
      </p>
      {dirty ? <button type="button" className="ll-btn quiet only-d" disabled={busy !== ""} onClick={discard}>Discard</button> : null}
      <button type="button" className="ll-btn" disabled={!dirty || busy !== ""} onClick={() => store.save()}>
        {busy === "save" ? "Saving" : "Save draft"}
      </button>
      <button type="button" className="ll-btn primary" disabled={!unpublished || busy !== "" || problems.length > 0} onClick={publish}
        title={problems.length ? "Mend what is marked first" : undefined}>
        {busy === "publish" ? "Publishing" : "Publish"}
      </button>
    </header>
  );
}

function discard() {
  if (window.confirm("Go back to what was saved last? The changes since then are gone.")) store.discard();
}

function publish() {
  store.compare(store.running()?.number ?? 0);
  store.set({ dialog: { version: 0 } });
}

function Notice() {
  const notice = store.useStudio((state) => state.notice);
  const restored = store.useStudio((state) => state.kept);
  if (notice?.kind === "stale") return <Outrun {...notice} />;
  if (notice?.kind === "error") return <Banner tone="err" icon={CircleAlert} text={notice.text} />;
  if (notice?.kind === "opened") return <Banner tone="info" icon={History} text={notice.text} />;
  if (notice?.kind === "saved") {
    const text = notice.published
      ? `Version ${notice.number} is published. The agent talks by it from its next answer on.`
      : `Saved as version ${notice.number}. Leads hear it once it is published.`;
    return <Banner tone="info" icon={Check} text={text}>{notice.published ? null : <Try number={notice.number} />}</Banner>;
  }
  if (!restored) return null;
  return (
    <Banner tone="info" icon={History} text="These are changes that were not saved last time.">
      <button type="button" className="ll-btn" onClick={store.discard}>Discard them</button>
    </Banner>
  );
}

function Banner({ tone, icon: Icon, text, children }) {
  const dismiss = () => store.set({ notice: null, kept: false });
  return (
    <div className={`ll-banner ${tone}`} role={tone === "err" ? "alert" : "status"}>
      <Icon className="i" aria-hidden="true" />
      <span className="grow">{text}</span>
      {children}
      <button type="button" className="ll-btn" onClick={dismiss}>Dismiss</button>
    </div>
  );
}

/** Somebody else saved first: what they changed, and the two ways on. */
function Outrun({ text, rows, both, number }) {
  return (
    <div className="st-outrun" role="alert">
      <div className="ll-banner warn">
        <TriangleAlert className="i" aria-hidden="true" />
        <span className="grow">{text} Nothing was lost: your text is still here.</span>
        {both ? <button type="button" className="ll-btn" onClick={store.takeBoth}>Put both together</button> : null}
        <button type="button" className="ll-btn" onClick={store.keepMine}>Go on with mine</button>
        <button type="button" className="ll-btn" onClick={store.takeTheirs}>Take version {number}</button>
      </div>
      {rows?.length ? <details className="st-theirs"><summary>What they changed</summary><Changes rows={rows} /></details> : null}
    </div>
  );
}

/** On a phone: one part at a time. */
function Panes() {
  const pane = store.useStudio((state) => state.pane);
  const panes = [["edit", "Edit", Pencil], ["preview", "Preview", MessageSquare]];
  return (
    <div className="ll-stages" role="tablist" aria-label="Parts of the page">
      {panes.map(([name, label, Icon]) => (
        <button key={name} type="button" role="tab" aria-selected={pane === name} onClick={() => store.set({ pane: name })}>
          <Icon className="i s" aria-hidden="true" />{label}
        </button>
      ))}
    </div>
  );
}

/* ---- left and right ---- */

const MODES = [["form", "Form"], ["yaml", "YAML"], ["versions", "Versions"]];

function Editor() {
  const mode = store.useStudio((state) => state.mode);
  const readable = store.useStudio((state) => state.data !== null);
  return (
    <section className="st-editor" aria-label="Editor">
      <div className="st-tools">
        <div className="ll-seg" role="group" aria-label="How to edit">
          {MODES.map(([name, label]) => (
            <button key={name} type="button" aria-pressed={mode === name} disabled={name === "form" && !readable}
              title={name === "form" && !readable ? "Mend the YAML first" : undefined} onClick={() => store.set({ mode: name })}>{label}</button>
          ))}
        </div>
        <span className="grow" />
        {mode === "form" ? <Languages /> : null}
      </div>
      {mode === "versions" ? null : <Problems />}
      <div className="st-scroll">
        {mode === "form" ? <Form /> : mode === "yaml" ? <Yaml /> : <Versions />}
      </div>
    </section>
  );
}

const SIDES = [["chat", "Write as a lead", MessageSquare], ["cast", "Play leads", Users]];

function Preview() {
  const side = store.useStudio((state) => state.side);
  return (
    <section className="ll-panel st-preview" aria-label="Preview">
      <div className="st-tools">
        <div className="ll-seg" role="group" aria-label="How to try it">
          {SIDES.map(([name, label, Icon]) => (
            <button key={name} type="button" aria-pressed={side === name} onClick={() => store.set({ side: name })}><Icon className="i xs" aria-hidden="true" />{label}</button>
          ))}
        </div>
        <span className="grow" />
        <span className="fs12 t3 st-by"><ListChecks className="i xs" aria-hidden="true" />Nothing is sent or stored</span>
      </div>
      {side === "chat" ? <Chat /> : <Cast />}
    </section>
  );
}
