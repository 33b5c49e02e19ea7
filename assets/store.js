/* What one tab knows beside what the server sends: a value that is replaced, never changed, and its readers. */
import { useSyncExternalStore } from "react";

/** A store that begins with `first`, which is also what the built page shows. */
export function storeOf(first) {
  let state = first;
  const listeners = new Set();

  const listen = (tell) => {
    listeners.add(tell);
    return () => listeners.delete(tell);
  };

  return {
    get: () => state,
    set: (patch) => {
      state = { ...state, ...patch };
      for (const tell of listeners) tell();
    },
    /** Part of the state; the reader renders again only when that part is another one. */
    use: (select) => useSyncExternalStore(listen, () => select(state), () => select(first)),
  };
}
