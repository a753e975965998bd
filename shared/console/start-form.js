// What is filled in for a start, and its key: kept, so that a second press is the same run.

import { Digits, isNumber, isWhole, parseExactly } from "./digits.js";

const KEPT = "desktop-flow-broker.start";
const RANDOM_BYTES = 9;

const EMPTY = {
  workflowId: "",
  connection: "",
  runMode: "unattended",
  runPriority: "normal",
  timeout: "",
  retries: "0",
  correlationId: "",
  inputs: {},
  json: "",
};
let form = null;

/** The form, as it was left; what is secret of it is kept while the page is open, and no longer. */
export function startForm() {
  form ??= { ...EMPTY, key: newKey(), ...read() };
  return form;
}

function read() {
  try {
    return JSON.parse(sessionStorage.getItem(KEPT) ?? "{}");
  } catch {
    return {};
  }
}

/** Keep what is filled in over a reload, but for inputs that `isSecret`, or may be: JSON. */
export function keepForm(isSecret) {
  const inputs = Object.fromEntries(
    Object.entries(form.inputs).filter(([name]) => !isSecret(name)),
  );
  sessionStorage.setItem(KEPT, JSON.stringify({ ...form, inputs, json: "" }));
}

/** Another run is wanted: it gets another key. */
export function anotherKey() {
  form.key = newKey();
}

function newKey() {
  const bytes = crypto.getRandomValues(new Uint8Array(RANDOM_BYTES));
  const random = btoa(String.fromCharCode(...bytes))
    .replaceAll("+", "-")
    .replaceAll("/", "_");
  return `console-${new Date().toISOString().slice(0, 10)}-${random}`;
}

/** Tell the fields of a flow's inputs from its schema, in their order. */
export function fieldsOf(schema) {
  const required = new Set(Array.isArray(schema?.required) ? schema.required : []);
  return Object.entries(schema?.properties ?? {}).map(([name, about]) => ({
    name,
    title: about.title || about["x-ms-summary"] || name,
    description: about.description || "",
    kind: kindOf(about),
    choices: Array.isArray(about.enum) ? about.enum : null,
    secret:
      about.format === "password" || about.type === "securestring" || about.isSensitive === true,
    required: required.has(name) || about.required === true,
    initial: initialOf(about.default),
  }));
}

const KINDS = {
  number: "number",
  integer: "whole",
  boolean: "boolean",
  object: "json",
  array: "json",
};
const kindOf = ({ type }) => KINDS[type] ?? "text";

function initialOf(value) {
  if (value === undefined || value === null) return "";
  return typeof value === "object" ? JSON.stringify(value) : String(value);
}

/** Fill in the defaults of what nobody has touched. */
export function withDefaults(fields) {
  for (const { name, initial } of fields) form.inputs[name] ??= initial;
}

/** Give the inputs as they are sent, and the faults by the field that has each. */
function inputsOf(fields) {
  const inputs = {};
  const faults = {};
  for (const field of fields) {
    const text = form.inputs[field.name] ?? "";
    if (text === "") {
      if (field.required) faults[`inputs.${field.name}`] = "is required";
      continue;
    }
    try {
      inputs[field.name] = valueOf(field, text);
    } catch (error) {
      faults[`inputs.${field.name}`] = error.message;
    }
  }
  return { inputs, faults };
}

function valueOf({ kind, choices }, text) {
  const chosen = choices?.find((each) => String(each) === text);
  if (chosen !== undefined) return chosen;
  const bare = text.trim();
  if (kind === "number" || kind === "whole") {
    if (!(kind === "whole" ? isWhole : isNumber)(bare))
      throw new Error(
        `must be a ${kind === "whole" ? "whole " : ""}number, such as ${kind === "whole" ? "12" : "119.50"}`,
      );
    return new Digits(bare);
  }
  if (kind === "boolean") return bare === "true";
  return kind === "json" ? jsonFrom(bare) : text;
}

function jsonFrom(text) {
  try {
    return parseExactly(text);
  } catch {
    throw new Error('must be JSON, with " around names and texts');
  }
}

/** Give the body of the start, and what is wrong with the form; `fields`: null if not known. */
export function requestOf(fields) {
  const faults = {};
  const [type, name] = split(form.connection);
  if (!form.workflowId) faults.workflowId = "is required";
  if (!name) faults.connectionName = "is required";
  const body = { workflowId: form.workflowId, connectionName: name };
  body.connectionType = new Digits(type || "1");
  body.runMode = form.runMode;
  if (form.runPriority !== "normal") body.runPriority = form.runPriority;
  for (const each of ["timeout", "retries"]) number(each, body, faults);
  if (form.correlationId.trim()) body.correlationId = form.correlationId.trim();
  addInputs(fields, body, faults);
  return { body, faults };
}

function split(text) {
  const at = text.indexOf(":");
  return [text.slice(0, Math.max(0, at)), text.slice(at + 1)];
}

function number(name, body, faults) {
  const text = form[name].trim();
  if (!text || text === "0") return;
  if (isWhole(text)) body[name] = new Digits(text);
  else faults[name] = "must be a whole number";
}

function addInputs(fields, body, faults) {
  if (fields) {
    const read = inputsOf(fields);
    Object.assign(faults, read.faults);
    if (Object.keys(read.inputs).length) body.inputs = read.inputs;
    if (fields.length) body.validateInputs = true;
  } else if (form.json.trim()) {
    try {
      body.inputs = jsonFrom(form.json);
    } catch (error) {
      faults.inputs = error.message;
    }
  }
}
