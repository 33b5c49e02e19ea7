"use strict";
// Shows the OpenAPI document and lets a reader try each operation. Everything is built as nodes, never as HTML text.

const make = (tag, attributes = {}, ...children) => {
  const node = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) node.setAttribute(name, value);
  node.append(...children.filter((child) => child !== null && child !== undefined));
  return node;
};

const resolve = (document_, shape) =>
  shape && shape.$ref ? shape.$ref.split("/").slice(1).reduce((at, key) => at[key], document_) : shape || {};

const typeOf = (document_, shape) => {
  if (!shape) return "";
  if (shape.$ref) {
    const target = resolve(document_, shape);
    return target.enum ? target.enum.join(" | ") : shape.$ref.split("/").pop();
  }
  if (shape.const !== undefined) return String(shape.const);
  if (shape.enum) return shape.enum.join(" | ");
  if (shape.anyOf) return shape.anyOf.map((one) => typeOf(document_, one)).join(" | ");
  if (shape.type === "array") return `${typeOf(document_, shape.items)}[]`;
  return shape.format || shape.type || "any";
};

// Descriptions mark code by backticks.
const prose = (text) => (text || "").split("`").map((part, index) => (index % 2 ? make("code", {}, part) : part));

const table = (rows) =>
  make("table", {}, ...rows.map(([name, type, text]) =>
    make("tr", {}, make("td", {}, make("code", {}, name)), make("td", { class: "soft" }, type), make("td", {}, ...prose(text)))));

const fields = (document_, shape) => {
  const target = resolve(document_, shape);
  return Object.entries(target.properties || {}).map(([name, field]) => [name, typeOf(document_, field), field.description]);
};

const example = (document_, shape) => {
  const body = {};
  for (const [name, field] of Object.entries(resolve(document_, shape).properties || {})) {
    const target = resolve(document_, field);
    body[name] = field.default ?? (target.enum ? target.enum[0] : target.type === "integer" ? 1 : "");
  }
  return JSON.stringify(body, null, 2);
};

const attempt = async (operation, inputs, body, output) => {
  let path = operation.path;
  const query = new URLSearchParams();
  for (const [parameter, input] of inputs) {
    if (parameter.in === "path") path = path.replace(`{${parameter.name}}`, encodeURIComponent(input.value));
    else if (input.value) query.set(parameter.name, input.value);
  }
  const headers = { Authorization: `Bearer ${document.getElementById("token").value}` };
  if (body) headers["Content-Type"] = "application/json";
  const target = query.size ? `${path}?${query}` : path;
  try {
    const answer = await fetch(target, { method: operation.method.toUpperCase(), headers, body: body ? body.value : undefined, credentials: "omit" });
    const text = await answer.text();
    let shown = text;
    try { shown = JSON.stringify(JSON.parse(text), null, 2); } catch { /* not JSON: shown as it came */ }
    output.textContent = `${answer.status} ${answer.statusText}\n\n${shown}`;
  } catch (error) {
    output.textContent = `No answer: ${error.message}`;
  }
};

const operationNode = (document_, path, method, described) => {
  const operation = { path, method };
  const parameters = described.parameters || [];
  const requested = described.requestBody?.content?.["application/json"]?.schema;
  const inputs = parameters.map((parameter) => [parameter, make("input", { placeholder: parameter.name, "aria-label": parameter.name })]);
  const body = requested ? make("textarea", { "aria-label": "Request body", spellcheck: "false" }, example(document_, requested)) : null;
  const output = make("pre", { hidden: "" });
  const form = make("form", {}, ...inputs.map(([, input]) => input), body, make("button", {}, "Try it"));
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    output.hidden = false;
    output.textContent = "…";
    attempt(operation, inputs, body, output);
  });
  const answers = Object.entries(described.responses || {}).map(([status, answer]) => [
    status, typeOf(document_, answer.content?.["application/json"]?.schema), answer.description]);
  const success = Object.entries(described.responses || {}).find(([status]) => status.startsWith("2"));
  const given = success?.[1].content?.["application/json"]?.schema;
  return make("details", {},
    make("summary", {}, make("span", { class: "method" }, method.toUpperCase()), make("code", {}, path), make("span", { class: "soft" }, described.summary || "")),
    make("div", {},
      make("p", {}, ...prose(described.description)),
      parameters.length ? make("h2", {}, "Parameters") : null,
      parameters.length ? table(parameters.map((one) => [one.name, typeOf(document_, one.schema), one.description])) : null,
      requested ? make("h2", {}, "Body") : null,
      requested ? table(fields(document_, requested)) : null,
      make("h2", {}, "Answers"), table(answers),
      given ? make("h2", {}, typeOf(document_, given)) : null,
      given ? table(fields(document_, given)) : null,
      make("h2", {}, "Try it"), form, output));
};

const show = async () => {
  const summary = document.getElementById("summary");
  try {
    const document_ = await (await fetch("/api/openapi.json")).json();
    summary.textContent = `${document_.info.summary || document_.info.title} Version ${document_.info.version}.`;
    const nodes = Object.entries(document_.paths).flatMap(([path, methods]) =>
      Object.entries(methods).map(([method, described]) => operationNode(document_, path, method, described)));
    document.getElementById("operations").append(...nodes);
  } catch (error) {
    summary.textContent = `The OpenAPI document could not be read: ${error.message}`;
  }
};

document.getElementById("access").addEventListener("submit", (event) => event.preventDefault());
show();
