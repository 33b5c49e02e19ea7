/* The playbook as a form: one language at a time, each wording where it is said. */
import { useEffect, useId, useState } from "react";
import { ArrowDown, ArrowUp, Plus, RotateCcw, X } from "lucide-react";
import { at, idOf, listOf, moved, same, textOf, without } from "./places.js";
import * as store from "./store.js";

const useForm = () => store.useStudio((state) => state.studio.form);
const useValue = (path) => store.useStudio((state) => at(state.data, path));
const useLanguage = () => store.useStudio((state) => state.language);

/** Which language is edited; a count says where something is wrong. */
export function Languages() {
  const { languages } = useForm();
  const language = useLanguage();
  const problems = store.useStudio((state) => state.problems);
  return (
    <div className="ll-seg" role="group" aria-label="Language">
      {languages.map(({ code, name }) => {
        const wrong = problems.filter((problem) => problem.language === code).length;
        return (
          <button key={code} type="button" aria-pressed={language === code} onClick={() => store.set({ language: code })}>
            {name}{wrong ? <span className="st-wrong" aria-label={`${wrong} to mend`}>{wrong}</span> : null}
          </button>
        );
      })}
    </div>
  );
}

export function Form() {
  const { groups } = useForm();
  return (
    <div className="st-form">
      <Business />
      <Questions />
      <FactSheet />
      {groups.map((group) => (
        <Section key={group.name} title={group.name}>
          {group.manners.map((manner) => <Manner key={manner.name} {...manner} />)}
        </Section>
      ))}
    </div>
  );
}

function Section({ title, hint, children }) {
  const id = useId();
  return (
    <section className="ll-panel st-sec" aria-labelledby={id}>
      <h2 id={id}>{title}</h2>
      {hint ? <p className="fs12 t2">{hint}</p> : null}
      {children}
    </section>
  );
}

/* ---- fields ---- */

/** What is wrong at a place and, with `inside`, at any place in it. */
function useProblems(path, inside = false) {
  const problems = store.useStudio((state) => state.problems);
  return problems.filter((problem) => (inside ? same(problem.path.slice(0, path.length), path) : same(problem.path, path)));
}

function Wrong({ id, problems }) {
  if (!problems.length) return null;
  return <div id={`${id}-wrong`} className="ferr">{problems.map((problem) => `This ${problem.message}.`).join(" ")}</div>;
}

/** A text that grows with what is written; `value` and `onText` for fields that are no plain text in the playbook. */
function Field({ path, label, hint, value, onText, inside = false, one = false, quiet = false, ...rest }) {
  const id = idOf(path);
  const stored = useValue(path);
  const problems = useProblems(path, inside);
  const text = value ?? textOf(stored);
  const change = (event) => (onText ?? ((next) => store.edit(path, next)))(one ? event.target.value.replaceAll("\n", " ") : event.target.value);
  return (
    <div className="st-field">
      <label htmlFor={id} className={quiet ? "sr" : undefined}>{label}{hint ? <span className="t3"> {hint}</span> : null}</label>
      <textarea id={id} className="st-inp" rows={1} value={text} onChange={change} aria-invalid={problems.length > 0}
        aria-describedby={problems.length ? `${id}-wrong` : undefined} {...rest} />
      <Wrong id={id} problems={problems} />
    </div>
  );
}

function Business() {
  const language = useLanguage();
  return (
    <Section title="Business" hint="Texts may say {business}, {assistant}, {about} and {name}, the lead’s first name.">
      <div className="st-two">
        <Field path={["business_name"]} label="Business name" one />
        <Field path={["assistant"]} label="Name of the assistant" one />
      </div>
      <Field path={["business", language]} label="What the business does" one lang={language} />
    </Section>
  );
}

/* ---- questions ---- */

function Questions() {
  const { facts } = useForm();
  const questions = listOf(useValue(["questions"]));
  const asked = questions.map((question) => question?.fact);
  const left = facts.filter((fact) => !asked.includes(fact.name));
  const add = (name) => store.edit(["questions"], [...questions, { fact: name, ask: { en: [""], pt: [""], es: [""] } }]);
  return (
    <Section title="Questions" hint="Asked in this order, each at most twice: the second line is for asking again. What a lead tells unasked is not asked for.">
      <ol className="st-list">{questions.map((question, index) => <Question key={question?.fact ?? index} {...{ question, index, questions }} />)}</ol>
      {left.length ? (
        <div className="row st-add">
          <Plus className="i s" aria-hidden="true" /><span className="t2">Also ask for</span>
          {left.map((fact) => <button key={fact.name} type="button" className="ll-btn" onClick={() => add(fact.name)}>{fact.label}</button>)}
        </div>
      ) : null}
    </Section>
  );
}

function Question({ question, index, questions }) {
  const { facts } = useForm();
  const language = useLanguage();
  const path = ["questions", index];
  const name = facts.find((fact) => fact.name === question?.fact)?.label ?? String(question?.fact ?? "?");
  const optional = String(question?.required ?? "true") === "false";
  const list = (next) => store.edit(["questions"], next);
  return (
    <li className="st-item">
      <div className="row">
        <b className="st-n">{index + 1}</b><b className="grow">{name}</b>
        <label className="st-check"><input type="checkbox" checked={optional} onChange={(event) => store.edit([...path, "required"], event.target.checked ? "false" : undefined)} />Optional</label>
        <Move what={name} onUp={index ? () => list(moved(questions, index, index - 1)) : null}
          onDown={index < questions.length - 1 ? () => list(moved(questions, index, index + 1)) : null}
          onRemove={questions.length > 1 ? () => list(without(questions, index)) : null} />
      </div>
      <Wordings path={[...path, "ask", language]} language={language} name={name} />
    </li>
  );
}

function Move({ what, onUp, onDown, onRemove }) {
  return (
    <span className="st-move">
      <button type="button" className="ll-ico" aria-label={`Move ${what} up`} disabled={!onUp} onClick={onUp}><ArrowUp className="i s" aria-hidden="true" /></button>
      <button type="button" className="ll-ico" aria-label={`Move ${what} down`} disabled={!onDown} onClick={onDown}><ArrowDown className="i s" aria-hidden="true" /></button>
      <button type="button" className="ll-ico" aria-label={`Remove ${what}`} disabled={!onRemove} onClick={onRemove}><X className="i s" aria-hidden="true" /></button>
    </span>
  );
}

/** The first wording, and the one for asking again, which may be empty: then the first is said again. */
function Wordings({ path, language, name }) {
  const value = useValue(path);
  const wordings = listOf(value);
  const problems = useProblems(path);
  const change = (index, text) => {
    const next = [wordings[0] ?? "", ...wordings.slice(1)];
    next[index] = text;
    store.edit(path, next.filter((each, place) => place === 0 || each !== ""));
  };
  const again = Math.max(2, wordings.length);
  return (
    <>
      {Array.from({ length: again }, (_, index) => (
        <Field key={index} path={[...path, index]} lang={language} one value={textOf(wordings[index])} onText={(text) => change(index, text)}
          label={index ? `${name}, asked again` : `${name}, asked first`} quiet
          placeholder={index ? "When asked again; empty: the same words" : "The question"} />
      ))}
      <Wrong id={idOf(path)} problems={problems} />
    </>
  );
}

/* ---- fact sheet ---- */

function FactSheet() {
  const entries = listOf(useValue(["fact_sheet"]));
  const list = (next) => store.edit(["fact_sheet"], next);
  const add = () => list([...entries, { about: "", keywords: { en: [], pt: [], es: [] }, answer: { en: "", pt: "", es: "" } }]);
  return (
    <Section title="Fact sheet" hint="What the agent may tell about the business. It says nothing else: other questions wait for a person.">
      <ol className="st-list">
        {entries.map((entry, index) => (
          <Entry key={index} index={index} name={textOf(entry?.about) || `entry ${index + 1}`} onRemove={() => list(without(entries, index))}
            onUp={index ? () => list(moved(entries, index, index - 1)) : null} onDown={index < entries.length - 1 ? () => list(moved(entries, index, index + 1)) : null} />
        ))}
      </ol>
      <button type="button" className="ll-btn" onClick={add}><Plus className="i s" aria-hidden="true" />Add an answer</button>
    </Section>
  );
}

function Entry({ index, name, ...moves }) {
  const language = useLanguage();
  const path = ["fact_sheet", index];
  return (
    <li className="st-item">
      <div className="st-about"><Field path={[...path, "about"]} label="About" one /><Move what={name} {...moves} /></div>
      <Field path={[...path, "answer", language]} label="Answer" one lang={language} />
      <Keywords path={[...path, "keywords", language]} language={language} />
    </li>
  );
}

/** Words with commas between them; what is typed stays as it is typed until the field is left. */
function Keywords({ path, language }) {
  const stored = listOf(useValue(path)).join(", ");
  const [typed, type] = useState(null);
  useEffect(() => type(null), [language]);
  const change = (text) => {
    type(text);
    store.edit(path, text.split(",").map((word) => word.trim()).filter(Boolean));
  };
  return <Field path={path} label="Said when a question has one of these words" hint="Commas between them." inside one lang={language} value={typed ?? stored} onText={change} onBlur={() => type(null)} />;
}

/* ---- everything else that is said ---- */

function Manner({ name, label, hint, many }) {
  const { usual } = useForm();
  const language = useLanguage();
  const own = useValue(["manners", name]);
  const manners = useValue(["manners"]);
  const said = own ?? usual[name];
  const path = ["manners", name, language];
  const change = (value) => store.edit(["manners", name], { ...said, [language]: value });
  const reset = () => {
    const { [name]: _, ...others } = manners ?? {};
    store.edit(["manners"], Object.keys(others).length ? others : undefined);
  };
  const more = many ? `${hint} One wording on each line.` : hint;
  return (
    <div className="st-manner">
      <Field path={path} label={label} hint={more} inside lang={language}
        value={many ? listOf(said?.[language]).join("\n") : textOf(said?.[language])}
        onText={(text) => change(many ? text.split("\n") : text)} data-usual={own === undefined} />
      {own === undefined ? null : <button type="button" className="ll-btn quiet st-reset" onClick={reset}><RotateCcw className="i xs" aria-hidden="true" />The usual words</button>}
    </div>
  );
}
