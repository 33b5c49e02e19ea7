/* The stages as glyphs: dashed ring, quarter, half, three quarters, check, cross. */
const QUARTERS = {
  qualifying: "M7 3.8a3.2 3.2 0 0 1 3.2 3.2H7Z",
  qualified: "M7 3.8a3.2 3.2 0 0 1 0 6.4Z",
  working: "M7 3.8a3.2 3.2 0 1 1-3.2 3.2H7Z",
};

export function Kind({ stage }) {
  const tone = stage === "won" ? "won" : stage in QUARTERS ? "brand" : "";
  return (
    <svg className={`ll-kind ${tone}`} viewBox="0 0 14 14" aria-hidden="true">
      {stage === "new" ? <circle cx="7" cy="7" r="5.5" fill="none" stroke="currentColor" strokeWidth="1.7" strokeDasharray="2.2 1.9" /> : null}
      {QUARTERS[stage] ? <><circle cx="7" cy="7" r="5.5" fill="none" stroke="currentColor" strokeWidth="1.7" /><path d={QUARTERS[stage]} fill="currentColor" /></> : null}
      {stage === "won" ? <><circle cx="7" cy="7" r="6.3" fill="currentColor" /><path d="m4.2 7.2 2 2 3.6-4" fill="none" stroke="var(--ll-surface)" strokeWidth="1.6" strokeLinecap="round" strokeLinejoin="round" /></> : null}
      {stage === "lost" ? <><circle cx="7" cy="7" r="6.3" fill="currentColor" /><path d="m5 5 4 4M9 5 5 9" stroke="var(--ll-canvas)" strokeWidth="1.6" strokeLinecap="round" /></> : null}
    </svg>
  );
}
