/* Which playbook a replay tries: at first the one that the address names, as a link of the playbook page does. */
import { useEffect, useState } from "react";

const RUNNING = "0";

/** `versions` come after the page; a number that is not among them leaves the one that runs. */
export function PlaybookChoice({ versions = [], onNamed }) {
  const [chosen, choose] = useState(RUNNING);
  useEffect(() => {
    const named = new URLSearchParams(window.location.search).get("playbook");
    if (!named) return;
    choose(named);
    onNamed?.();
    // What the address says counts when the page opens, not whenever it renders.
    // eslint-disable-next-line react-hooks/exhaustive-deps
  }, []);
  const known = versions.some(({ number }) => number === chosen);
  return (
    <select id="rp-playbook" name="playbook" className="ll-choose rp-inp" value={known ? chosen : RUNNING} onChange={(event) => choose(event.target.value)}>
      <option value={RUNNING}>The one that runs</option>
      {versions.map(({ number, said }) => <option key={number} value={number}>{said}</option>)}
    </select>
  );
}
