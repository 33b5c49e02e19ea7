/* The draft tried out: a chat in which the viewer is the lead, and the simulator's people who play against it. */
import { Fragment, useEffect, useRef, useState } from "react";
import { Bot, ChevronRight, Info, Play, RotateCcw, Send } from "lucide-react";
import * as store from "./store.js";

const OPENERS = ["Hi, I saw your ad", "Oi, vi o anúncio de vocês", "Hola, vi su anuncio"];
const LANGUAGES = { en: "English", pt: "Portuguese", es: "Spanish" };

/* ---- a talk ---- */

function Talk({ turns, waiting = [] }) {
  return (
    <>
      {turns.map((turn, index) => <Turn key={index} turn={turn} first={index === 0 || turn.language !== turns[index - 1].language} />)}
      {waiting.map((line, index) => <Bubble key={`w${index}`} text={line} />)}
    </>
  );
}

function Turn({ turn, first }) {
  return (
    <>
      {turn.said.map((line, index) => <Bubble key={index} text={line} />)}
      {first && turn.language ? <Event>Understood as {LANGUAGES[turn.language]}</Event> : null}
      {turn.noted.length ? <Event>Noted: {turn.noted.map((fact, index) => <Fragment key={fact.label}>{index ? " · " : ""}{fact.label.toLowerCase()} <b>{fact.value}</b></Fragment>)}</Event> : null}
      {turn.reply ? <Bubble text={turn.reply} agent /> : <Event>The agent stays silent.</Event>}
      {turn.outcome ? <Event>{turn.outcome}.</Event> : null}
    </>
  );
}

function Bubble({ text, agent = false }) {
  return (
    <div className={agent ? "bub out agent gap first" : "bub gap first"}>
      {agent ? <span className="who"><Bot className="i xs" aria-hidden="true" />Agent</span> : null}
      <span className="body">{text}</span>
    </div>
  );
}

const Event = ({ children }) => <div className="ll-evt"><Info className="i s" aria-hidden="true" /><span>{children}</span></div>;

/* ---- the viewer as the lead ---- */

export function Chat() {
  const { lines, turns, problems, checking } = store.useStudio((state) => state);
  const flow = useRef(null);
  const waiting = lines.slice(turns.length);
  useEffect(() => { flow.current?.scrollTo({ top: flow.current.scrollHeight }); }, [turns.length, waiting.length]);
  return (
    <>
      <div className="st-chat" ref={flow} role="log" aria-label="Talk with the draft" aria-busy={checking} tabIndex={0}>
        {lines.length ? <Talk turns={turns} waiting={waiting} /> : <FirstWords />}
        {lines.length && problems.length ? <div className="ll-fail"><Info className="i s" aria-hidden="true" />The answers are those from before the mistakes.</div> : null}
      </div>
      <Composer />
    </>
  );
}

function FirstWords() {
  return (
    <div className="center">
      <Bot className="i" aria-hidden="true" />
      <h2>Be a lead</h2>
      <p>Write in any of the three languages. The answers follow your edits as you make them.</p>
      <div className="quick">{OPENERS.map((line) => <button key={line} type="button" onClick={() => store.say(line)}>{line}</button>)}</div>
    </div>
  );
}

function Composer() {
  const [text, write] = useState("");
  const any = store.useStudio((state) => state.lines.length > 0);
  const send = () => { store.say(text); write(""); };
  const onKeyDown = (event) => {
    if (event.key !== "Enter" || event.shiftKey || event.nativeEvent.isComposing) return;
    event.preventDefault();
    send();
  };
  return (
    <div className="st-comp">
      <textarea className="st-inp grow" rows={1} value={text} maxLength={1000} aria-label="Write as a lead" placeholder="Write as a lead" onChange={(event) => write(event.target.value)} onKeyDown={onKeyDown} />
      {any ? <button type="button" className="ll-ico" aria-label="Begin a new talk" title="Begin a new talk" onClick={() => store.startOver()}><RotateCcw className="i" aria-hidden="true" /></button> : null}
      <button type="button" className="ll-btn primary" aria-label="Send" disabled={!text.trim()} onClick={send}><Send className="i s" aria-hidden="true" /></button>
    </div>
  );
}

/* ---- the simulator's people ---- */

export function Cast() {
  const play = store.useStudio((state) => state.play);
  const problems = store.useStudio((state) => state.problems.length);
  const outdated = store.useStudio(() => play.state === "done" && store.playedBefore());
  const button = (
    <button type="button" className="ll-btn primary" disabled={problems > 0 || play.state === "running"} title={problems ? "Mend what is marked first" : undefined} onClick={store.play}>
      <Play className="i s" aria-hidden="true" />{play.state === "running" ? "Playing" : play.state === "done" ? "Play again" : "Play 24 leads"}
    </button>
  );
  if (play.state === "idle" || play.state === "failed") {
    return (
      <div className="center st-play">
        <Play className="i" aria-hidden="true" />
        <h2>Let the simulator’s people talk to it</h2>
        <p>{play.state === "failed" ? play.text : "Eager, terse, wandering and silent leads in three languages. You see which facts each of them gave, and where a talk got stuck."}</p>
        <div className="row">{button}</div>
      </div>
    );
  }
  return (
    <div className="st-cast">
      <div className="row st-sum">{play.state === "done" ? <Sum {...play} outdated={outdated} /> : <span className="grow t2" role="status">24 leads are talking to the draft.</span>}{button}</div>
      {play.state === "done" ? <ul>{play.rows.map((row, index) => <Lead key={index} row={row} />)}</ul> : <Waiting />}
    </div>
  );
}

function Sum({ got, of, done, stay, outdated }) {
  return (
    <p className="grow" role="status">
      <b>{got} of {of}</b> facts, <b>{done} of {stay}</b> talks to the end
      <span className="t3">{outdated ? " · the draft has changed since" : " · of leads who do not leave"}</span>
    </p>
  );
}

const Waiting = () => <div className="st-wait">{Array.from({ length: 8 }, (_, index) => <span key={index} className="sk" />)}</div>;

function Lead({ row }) {
  const lost = row.missing ? `not collected: ${row.missing}` : "";
  const words = [row.outcome === "Open" ? "" : row.outcome, lost, row.stuck].filter(Boolean).join(" · ");
  return (
    <li>
      <details>
        <summary>
          <ChevronRight className="i s" aria-hidden="true" />
          <span className="grow"><b>{row.temper}</b> <span className="t3">{LANGUAGES[row.language]}, {row.turns.length} turns</span><br /><span className={row.missing ? "st-lost" : "t2"}>{words}</span></span>
          <span className={row.missing ? "st-lost num" : "num"}>{row.got} of {row.of}</span>
        </summary>
        <div className="st-talk"><Talk turns={row.turns} /></div>
      </details>
    </li>
  );
}
