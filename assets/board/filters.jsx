/* What is shown: whose leads, search, filters, order, density, and on a phone which stage. */
import { useEffect, useRef, useState } from "react";
import { ArrowDownNarrowWide, Check, Plus, Rows2, Rows3, Search as Glass, X } from "lucide-react";
import { still, useBoard } from "./board.jsx";
import { choices, closest, NAMES, shown, SORTS, STAGES } from "./order.js";
import * as store from "./store.js";

const LABELS = { temperature: "Temperature", reply: "Reply", risk: "Risk", owner: "Owner", language: "Language", source: "Source" };
const WORDS = {
  none: "Not known", late: "Late", waiting: "Waiting", answered: "Answered", LOW: "Low", MEDIUM: "Medium", HIGH: "High",
  en: "English", pt: "Portuguese", es: "Spanish", whatsapp: "WhatsApp", api: "API", demo: "Demo", form: "Web form", import: "Import",
};
const word = (value) => WORDS[value] ?? value;

/** Mine, Team (or Both) and Unassigned, each with its count under the other filters. */
export function Scope() {
  const { cards, me, view } = useBoard();
  const scopes = me.manager
    ? [["mine", "Mine"], ["all", "Team"], ["unassigned", "Unassigned"]]
    : [["mine", "Mine"], ["unassigned", "Unassigned"], ["all", "Both"]];
  const now = view?.scope ?? "all";
  return (
    <div className="ll-seg" role="group" aria-label="Whose leads">
      {scopes.map(([scope, label]) => (
        <button key={scope} type="button" aria-pressed={now === scope} onClick={() => store.see({ scope })}>
          {label} <span className="n">{cards ? cards.filter((card) => shown(card, { ...view, scope }, me)).length : "–"}</span>
        </button>
      ))}
    </div>
  );
}

export function Search() {
  const query = store.useUi((state) => state.view.query);
  const phone = store.useUi((state) => state.searching);
  const field = useRef(null);
  useEffect(() => { if (phone) field.current?.focus(); }, [phone]);
  const leave = () => { store.see({ query: "" }); store.set({ searching: false }); field.current?.blur(); };
  return (
    <label className={`ll-search ${phone ? "is-on" : ""}`} role="search">
      <Glass className="i s" aria-hidden="true" />
      <input id="board-search" ref={field} type="search" value={query} placeholder="Name, interest or message" aria-label="Search leads"
        autoComplete="off" spellCheck={false} onChange={(event) => store.see({ query: event.target.value })}
        onKeyDown={(event) => { if (event.key === "Escape") { event.stopPropagation(); leave(); } }} />
      {query || phone
        ? <button type="button" className="clear" aria-label="Clear search" onClick={leave}><X className="i xs" aria-hidden="true" /></button>
        : <span className="kbd only-d">/</span>}
    </label>
  );
}

export function SearchButton() {
  return <button type="button" className="ll-ico only-m" aria-label="Search" onClick={() => store.set({ searching: true })}><Glass className="i l" aria-hidden="true" /></button>;
}

/** A button with a panel under it that closes on Escape, on a click elsewhere and when the focus leaves. */
export function Pop({ button, label, children, align = "left" }) {
  const [at, setAt] = useState(null);
  const box = useRef(null);
  useEffect(() => {
    if (!at) return undefined;
    const away = (event) => { if (!box.current?.contains(event.target)) setAt(null); };
    const escape = (event) => { if (event.key === "Escape") { event.stopPropagation(); setAt(null); box.current?.querySelector("button")?.focus(); } };
    document.addEventListener("pointerdown", away);
    document.addEventListener("keydown", escape, true);
    return () => {
      document.removeEventListener("pointerdown", away);
      document.removeEventListener("keydown", escape, true);
    };
  }, [at]);
  const flip = (event) => {
    const place = event.currentTarget.getBoundingClientRect();
    setAt(at ? null : { top: place.bottom + 6, [align]: align === "left" ? place.left : window.innerWidth - place.right });
  };
  return (
    <span className="ll-popper" ref={box}>
      {button({ onClick: flip, "aria-expanded": Boolean(at), "aria-haspopup": "dialog" })}
      {at ? <div className="ll-pop" role="dialog" aria-label={label} style={{ "--top": `${at.top}px`, [align]: at[align] }}>{children(() => setAt(null))}</div> : null}
    </span>
  );
}

export function Filters() {
  const { cards, me, view } = useBoard();
  const names = Object.keys(LABELS).filter((name) => name !== "owner" || me.manager);
  const only = view?.only ?? {};
  return (
    <>
      {names.filter((name) => only[name]?.length).map((name) => (
        <span key={name} className="ll-fchip on">{LABELS[name]} <b>{only[name].map(word).join(", ")}</b>
          <button type="button" className="x" aria-label={`Remove filter ${LABELS[name]}`} onClick={() => store.drop1(name)}><X className="i xs" aria-hidden="true" /></button>
        </span>
      ))}
      <Pop label="Filters" button={(props) => (
        <button type="button" id="board-filter" className="ll-fchip" {...props}><Plus className="i xs" aria-hidden="true" />Filter <span className="kbd only-d">F</span></button>
      )}>
        {() => names.map((name) => (
          <fieldset key={name}>
            <legend>{LABELS[name]}</legend>
            {choices(cards ?? [], name).map(([value, count]) => (
              <label key={value} className="ll-check">
                <input type="checkbox" checked={only[name]?.includes(value) ?? false} onChange={() => store.toggle(name, value)} />
                <span className="box"><Check className="i xs" aria-hidden="true" /></span><span className="trunc">{word(value)}</span><span className="n">{count}</span>
              </label>
            ))}
          </fieldset>
        ))}
      </Pop>
    </>
  );
}

export function Sort() {
  const sort = store.useUi((state) => state.view.sort);
  const compact = store.useUi((state) => state.view.compact);
  useEffect(() => { document.querySelector(".ll-main")?.classList.toggle("ll-compact", compact); }, [compact]);
  const Density = compact ? Rows3 : Rows2;
  return (
    <>
      <Pop label="Order" align="right" button={(props) => (
        <button type="button" className="ll-btn quiet only-d fs12" {...props}><ArrowDownNarrowWide className="i s" aria-hidden="true" />{SORTS[sort]}</button>
      )}>
        {(close) => Object.entries(SORTS).map(([value, label]) => (
          <label key={value} className="ll-check">
            <input type="radio" name="sort" checked={sort === value} onChange={() => { store.see({ sort: value }); close(); }} />
            <span className="o" /><span>{label}</span>
          </label>
        ))}
      </Pop>
      <button type="button" className="ll-ico only-d" aria-label={`Density: ${compact ? "compact" : "comfortable"}`} title={compact ? "Compact" : "Comfortable"} onClick={() => store.see({ compact: !compact })}><Density className="i" aria-hidden="true" /></button>
    </>
  );
}

/** On a phone: one tab for each stage. A swipe of the board moves the tab, a tab moves the board. */
export function StageTabs() {
  const { cards, columns, me } = useBoard();
  const [stage, setStage] = useState("new");
  const tabs = useRef(null);
  const begun = useRef(false);
  const drawn = useRef(null);
  const follow = ({ target }) => {
    if (!target?.classList?.contains("ll-board")) return;
    const width = target.firstElementChild?.offsetWidth ?? 1;
    setStage(STAGES[Math.max(0, Math.min(STAGES.length - 1, Math.round(target.scrollLeft / (width + 16))))]);
  };
  useEffect(() => {
    // Caught on the way down: the board itself comes and goes with a search that finds nothing.
    document.addEventListener("scroll", follow, { capture: true, passive: true });
    return () => document.removeEventListener("scroll", follow, { capture: true });
  });
  useEffect(() => {
    const board = document.querySelector(".ll-board");
    if (!board) return;
    // Drawn anew after a search that found nothing: back to the stage that was looked at.
    if (drawn.current && drawn.current !== board) go(stage, "instant");
    else follow({ target: board });
    drawn.current = board;
  }, [columns]);
  useEffect(() => {
    const [strip, tab] = [tabs.current, tabs.current?.querySelector("[aria-selected=true]")];
    if (tab) strip.scrollTo({ left: tab.offsetLeft - strip.clientWidth / 2 + tab.clientWidth / 2, behavior: still() ? "auto" : "smooth" });
  }, [stage]);
  const go = (name, behavior = still() ? "auto" : "smooth") => {
    const board = document.querySelector(".ll-board");
    board?.scrollTo({ left: board.children[STAGES.indexOf(name)].offsetLeft - 16, behavior });
  };
  useEffect(() => {
    if (begun.current || !cards?.length) return;
    begun.current = true;
    const first = STAGES.find((name) => columns[name].some((card) => card.owner_id === me.id)) ?? STAGES.find((name) => columns[name].length);
    // Shown on a phone alone, where one column fills the screen: it begins where the viewer has something to do.
    if (first && tabs.current.offsetParent) go(first, "instant");
  }, [cards]);
  return (
    <div className="ll-stages" role="tablist" aria-label="Stage" ref={tabs}>
      {STAGES.map((name) => (
        <button key={name} type="button" role="tab" aria-selected={stage === name} onClick={() => go(name)}>{NAMES[name]} <span className="n">{columns[name].length}</span></button>
      ))}
    </div>
  );
}

/** Nothing is called so: the closest name, and the way back. */
export function NoMatch() {
  const { cards, view } = useBoard();
  const like = closest(cards ?? [], view?.query ?? "");
  return (
    <div className="center">
      <Glass className="i" aria-hidden="true" />
      <h2>Nothing for “{view?.query}”</h2>
      <p>{like ? <>Closest name: <button type="button" className="ll-link" onClick={() => store.see({ query: like.name })}>{like.name}</button>. </> : null}Search looks in names, interests and last messages.</p>
      <div className="row"><button type="button" className="ll-btn" onClick={store.clear}>Clear search</button></div>
    </div>
  );
}
