/* Places inside a playbook: reading, setting, and telling two playbooks apart. */

/** What stands at a path, undefined where nothing does. */
export const at = (data, path) => path.reduce((here, part) => here?.[part], data);

/** The same data with another value at a path; what is on the way and missing is made. */
export function put(data, path, value) {
  if (path.length === 0) return value;
  const [part, ...rest] = path;
  const inner = put(data?.[part], rest, value);
  if (typeof part === "number") {
    const list = Array.isArray(data) ? [...data] : [];
    list[part] = inner;
    return list;
  }
  const group = { ...(data && typeof data === "object" && !Array.isArray(data) ? data : {}) };
  if (inner === undefined) delete group[part];
  else group[part] = inner;
  return group;
}

export const without = (list, index) => list.filter((_, other) => other !== index);

export function moved(list, from, to) {
  if (to < 0 || to >= list.length) return list;
  const rest = without(list, from);
  return [...rest.slice(0, to), list[from], ...rest.slice(to)];
}

export const same = (a, b) => JSON.stringify(a) === JSON.stringify(b);
export const idOf = (path) => `field-${path.join("-")}`;
/** A list, whatever stands there while somebody writes YAML. */
export const listOf = (value) => (Array.isArray(value) ? value : []);
export const textOf = (value) => (typeof value === "string" ? value : "");
