/* What lies over the board: toasts, the move menu (on a phone a sheet), the hint while carrying, the keys. */
import { useEffect, useRef } from "react";
import { Check, TriangleAlert, UserPlus, Users, X } from "lucide-react";
import { Kind } from "./kinds.jsx";
import { focusSoon, KEYS } from "./keys.js";
import { NAMES, SORTS, STAGES } from "./order.js";
import * as store from "./store.js";

const ICONS = { check: Check, users: Users, alert: TriangleAlert };

export function Toasts() {
  const toasts = store.useUi((state) => state.toasts);
  const said = store.useUi((state) => state.said);
  return (
    <>
      <div className="ll-toasts">{toasts.map((toast) => <Toast key={toast.n} {...toast} />)}</div>
      <div className="sr" role="status" aria-live="polite">{said}</div>
    </>
  );
}

function Toast({ n, tone = "", icon, title, text, open, undo }) {
  const Icon = ICONS[icon];
  return (
    <div className={`ll-toast ${tone}`} role={tone === "err" ? "alert" : "status"}>
      <Icon className="i" aria-hidden="true" />
      <div className="grow"><b>{title}</b>{text ? <p>{text}</p> : null}
        {open ? <div className="acts"><button type="button" className="ll-btn" onClick={() => { store.dismiss(n); store.open(open); }}>Open card</button></div> : null}
        {undo ? <div className="acts"><button type="button" className="ll-btn" onClick={store.undo}>Undo <span className="kbd only-d">Z</span></button></div> : null}
      </div>
      <button type="button" className="ll-ico" aria-label="Dismiss" onClick={() => store.dismiss(n)}><X className="i s" aria-hidden="true" /></button>
    </div>
  );
}

const ordinal = (n) => `${n}${["th", "st", "nd", "rd"][n % 100 > 10 && n % 100 < 14 ? 0 : n % 10] ?? "th"}`;

/** Where a lifted card would come to lie, in words. */
export function Hint() {
  const carry = store.useUi((state) => state.carry);
  if (!carry?.stage) return null;
  const sort = store.get().view.sort;
  const by = sort === "board" ? "" : ` by ${SORTS[sort].toLowerCase()}`;
  return (
    <div className="ll-hint">{carry.name} to {NAMES[carry.stage]}, {ordinal((store.slotIn(carry.stage, carry) ?? 0) + 1)}{by}
      {carry.by === "keys" ? <><span className="kbd">Space</span> drop</> : null} <span className="kbd">Esc</span> cancel
    </div>
  );
}

/** Where to move a card, and Take for one that nobody has. Menu at the pointer, or a sheet on a narrow screen. */
export function MoveMenu() {
  const menu = store.useUi((state) => state.menu);
  const list = useRef(null);
  useEffect(() => {
    if (!menu) return;
    list.current?.querySelector("[aria-checked=true]")?.focus();
  }, [menu]);
  if (!menu) return null;
  const card = store.find(menu.id);
  if (!card) return null;
  const close = () => { store.set({ menu: null }); focusSoon(menu.id); };
  const choose = (stage) => { store.set({ menu: null }); store.move(card.id, stage, 0); focusSoon(menu.id); };
  const onKeyDown = (event) => {
    const items = [...list.current.querySelectorAll("[role^=menuitem]")];
    const at = items.indexOf(document.activeElement);
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    const stage = STAGES[Number(event.key) - 1];
    if (step) items[(at + step + items.length) % items.length].focus();
    else if (event.key === "Escape" || event.key === "Tab") close();
    else if (stage) choose(stage);
    else if (event.key.toLowerCase() === "t" && card.owner_id === null) { close(); store.take(card.id); }
    else return;
    event.preventDefault();
    event.stopPropagation();
  };
  const place = { "--x": `${Math.min(menu.x ?? 0, window.innerWidth - 240)}px`, "--y": `${Math.min(menu.y ?? 0, window.innerHeight - 320)}px` };
  return (
    <>
      <div className="ll-dim is-menu" onClick={close} onContextMenu={(event) => { event.preventDefault(); close(); }} />
      <div className="ll-sheet is-menu" style={place} role="menu" aria-label={`Move ${card.name}`} ref={list} onKeyDown={onKeyDown}>
        <h3 className="trunc">Move {card.name} to</h3>
        {STAGES.map((stage, index) => (
          <button key={stage} type="button" role="menuitemradio" aria-checked={card.stage === stage} onClick={() => choose(stage)}>
            <Kind stage={stage} />{NAMES[stage]}<span className="n">{card.stage === stage ? "here" : ""}</span><span className="kbd only-d">{index + 1}</span>
          </button>
        ))}
        {card.owner_id === null ? (
          <button type="button" role="menuitem" className="is-apart" onClick={() => { close(); store.take(card.id); }}>
            <UserPlus className="i s" aria-hidden="true" />Take this lead<span className="n" /><span className="kbd only-d">T</span>
          </button>
        ) : null}
      </div>
    </>
  );
}

export function Keys() {
  const open = store.useUi((state) => state.keys);
  const box = useRef(null);
  useEffect(() => { if (open) box.current?.focus(); }, [open]);
  if (!open) return null;
  const close = () => store.set({ keys: false });
  return (
    <>
      <div className="ll-dim" onClick={close} />
      <div className="ll-dialog is-over" role="dialog" aria-modal="true" aria-label="Keys" tabIndex={-1} ref={box}>
        <h2>Keys</h2>
        <div className="keys">
          {KEYS.map(([label, keys]) => <div key={label}><span>{label}</span><span>{keys.map((key) => <span key={key} className="kbd">{key}</span>)}</span></div>)}
        </div>
        <div className="acts"><button type="button" className="ll-btn" onClick={close}>Close</button></div>
      </div>
    </>
  );
}
