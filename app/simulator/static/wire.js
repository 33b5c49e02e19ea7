/* Calls to the simulator. Every call carries the key that this page was served with. */
const meta = (name) => document.querySelector(`meta[name=${name}]`).content;
const key = meta("phone-key");

export const business = meta("business");

export class Refused extends Error {
  constructor(status, message) {
    super(message);
    this.status = status;
  }
}

export async function call(method, path, body) {
  const response = await fetch(`/phone/api${path}`, {
    method,
    headers: { "X-Phone-Key": key, ...(body && { "Content-Type": "application/json" }) },
    body: body && JSON.stringify(body),
  });
  // The simulator was restarted: its new page has a new key.
  if (response.status === 401) location.reload();
  const answer = response.status === 204 ? null : await response.json();
  if (!response.ok) throw new Refused(response.status, [answer?.message].flat().join(", "));
  return answer;
}

/* What happens on one phone; `onState` is told whether the line is up. */
export function listen(number, onHappening, onState) {
  const source = new EventSource(`/phone/api/people/${number}/events?key=${encodeURIComponent(key)}`);
  source.onopen = () => onState(true);
  source.onerror = () => onState(false);
  source.onmessage = (event) => onHappening(JSON.parse(event.data));
  return () => source.close();
}
