// Starts a run: flow and connection are chosen from what there is, fields come from the flow's schema.

import { mayAct, readOnly } from "./access.js";
import { sending } from "./acts.js";
import { get } from "./api.js";
import { problem } from "./dialog.js";
import { jsonOf } from "./digits.js";
import { h } from "./dom.js";
import { redraw } from "./draw.js";
import { noteAsked } from "./notices.js";
import { go, href } from "./router.js";
import { choice, drawInput, faulty } from "./start-fields.js";
import { anotherKey, fieldsOf, keepForm, requestOf, startForm, withDefaults } from "./start-form.js";
import { drawSnippets } from "./start-snippets.js";
import { shortId } from "./words.js";

const TOP = 500;

export function openStart(place) {
  const form = startForm();
  const own = { form, flows: null, connections: null, schema: null, error: null, refused: null, faults: {}, sending: false };
  own.control = new AbortController();
  const { query } = place;
  if (query.get("workflowId")) form.workflowId = query.get("workflowId");
  if (query.get("connection")) form.connection = query.get("connection");
  readChoices(own);
  if (form.workflowId) readSchema(own);
  return { title: () => "Start a run", draw: () => drawStart(own), close: () => own.control.abort() };
}

async function readChoices(own) {
  const { signal } = own.control;
  const read = (path, name, query) =>
    get(path, { query, signal })
      .then((body) => (own[name] = body.value))
      .catch((error) => (own.error = error));
  await Promise.all([read("flows", "flows", { top: TOP }), read("connections", "connections")]);
  redraw();
}

async function readSchema(own) {
  const { workflowId } = own.form;
  own.schema = null;
  let schema;
  try {
    const { signal } = own.control;
    schema = await get(`flows/${encodeURIComponent(workflowId)}/schema`, { signal });
  } catch (error) {
    schema = { error };
  }
  if (own.form.workflowId !== workflowId) return;
  own.schema = schema.inputs ? { fields: fieldsOf(schema.inputs) } : { fields: null, error: schema.error };
  if (own.schema.fields) withDefaults(own.schema.fields);
  redraw();
}

const isSecret = (own) => (name) => own.schema?.fields?.find((each) => each.name === name)?.secret ?? true;

/** Write a field; what was sent is another start's then, which the app tells by its key. */
function write(own, name) {
  return (value) => {
    own.form[name] = value;
    changed(own);
  };
}

function changed(own) {
  own.faults = {};
  keepForm(isSecret(own));
  redraw();
}

function chooseFlow(own, workflowId) {
  own.form.workflowId = workflowId;
  own.form.inputs = {};
  changed(own);
  if (workflowId) readSchema(own);
}

async function start(own, event) {
  event.preventDefault();
  const { form, schema } = own;
  const { body, faults } = requestOf(schema?.fields ?? null);
  own.faults = faults;
  if (own.sending || form.run || Object.keys(faults).length) return redraw();
  Object.assign(own, { sending: true, refused: null });
  redraw();
  try {
    const headers = { "Idempotency-Key": form.key };
    const { body: run } = await sending("POST", "runs", { text: jsonOf(body), headers });
    form.run = run.runId;
    keepForm(isSecret(own));
    noteAsked(`Start of run ${shortId(run.runId)} asked: it is accepted.`, { link: href(["runs", run.runId]) });
    go(href(["runs", run.runId]));
  } catch (error) {
    own.refused = error;
    for (const { target, message } of error.details ?? []) own.faults[target] = message.replace(`${target} `, "");
  }
  own.sending = false;
  redraw();
}

function another(own) {
  anotherKey();
  own.form.run = null;
  own.refused = null;
  changed(own);
}

function drawStart(own) {
  const head = h("div", { class: "view-head" }, h("h1", { tabindex: -1 }, "Start a run"));
  if (readOnly()) return [head, h("p", { class: "empty" }, "This key may only read: it starts nothing.")];
  const { form, schema } = own;
  const { body } = requestOf(schema?.fields ?? null);
  return [
    head,
    h(
      "div",
      { class: "columns" },
      h("form", { class: "card start", onsubmit: (event) => start(own, event), novalidate: true }, drawChoices(own), drawInputs(own), drawHow(own), drawEnd(own)),
      drawSnippets(body, form.key, isSecret(own)),
    ),
  ];
}

function drawChoices(own) {
  const { form, flows, connections, faults, error } = own;
  const first = (known, text) => ["", known ? text : error ? "cannot be read" : "reading …"];
  const listed = (flows ?? []).map((flow) => [flow.workflowId, flow.name]);
  if (form.workflowId && !listed.some(([id]) => id === form.workflowId)) listed.push([form.workflowId, form.workflowId]);
  const offered = (connections ?? []).map((each) => [`${each.connectionType}:${each.name}`, connectionText(each), !each.usable]);
  return [
    error && problem(error),
    faulty("Desktop flow", choice(form.workflowId, (id) => chooseFlow(own, id), [first(flows, "choose …"), ...listed]), flows?.find((each) => each.workflowId === form.workflowId)?.description, faults.workflowId),
    faulty("Connection", choice(form.connection, write(own, "connection"), [first(connections, "choose …"), ...offered]), "Its lane decides when the run is submitted.", faults.connectionName),
  ];
}

function connectionText({ name, displayName, connectionType, usable, reason }) {
  const told = displayName && displayName !== name ? `${displayName} (${name})` : name;
  return `${told}${connectionType === 2 ? ", reference" : ""}${usable ? "" : `: ${reason ?? "cannot be used"}`}`;
}

function drawInputs(own) {
  const { form, schema, faults } = own;
  if (!form.workflowId) return null;
  if (!schema) return h("p", { class: "soft" }, "Reading what the flow takes …");
  if (!schema.fields) {
    const text = h("textarea", { rows: 4, class: "code", spellcheck: "false", value: form.json, oninput: (event) => write(own, "json")(event.target.value) });
    return faulty("Inputs as JSON", text, schema.error ? `What it takes cannot be told: ${schema.error.message}` : "The flow tells of no inputs; leave this empty unless it has some.", faults.inputs);
  }
  return h(
    "fieldset",
    null,
    h("legend", null, "Inputs"),
    schema.fields.map((about) =>
      drawInput(about, form.inputs[about.name] ?? "", (text) => { form.inputs[about.name] = text; changed(own); }, faults[`inputs.${about.name}`]),
    ),
  );
}

function drawHow(own) {
  const { form, faults } = own;
  const text = (name, more = {}) => h("input", { type: "text", value: form[name], oninput: (event) => write(own, name)(event.target.value), ...more });
  const digits = { inputmode: "numeric", class: "digits" };
  return [
    h(
      "div",
      { class: "pair" },
      faulty("Run mode", choice(form.runMode, write(own, "runMode"), [["unattended", "unattended"], ["attended", "attended"]]), null, faults.runMode),
      faulty("Priority", choice(form.runPriority, write(own, "runPriority"), [["normal", "normal"], ["high", "high: before ten minutes of backlog"]]), null, faults.runPriority),
    ),
    faulty("Correlation id", text("correlationId", { maxlength: 100 }), "What you know it by; it is found by it.", faults.correlationId),
    h(
      "div",
      { class: "pair" },
      faulty("Time-out in seconds", text("timeout", { ...digits, placeholder: "none" }), null, faults.timeout),
      faulty("Retries", text("retries", digits), "After starts in which the robot did nothing.", faults.retries),
    ),
  ];
}

function drawEnd(own) {
  const { form, refused, sending: busy } = own;
  const unknown = refused?.passes;
  return [
    refused && problem(refused),
    unknown && h("p", null, "Whether it was accepted is not known. Press again: the same key makes no second run."),
    refused?.code === "KeyReused" && h("p", null, "This key has started a run with other fields: ", h("a", { href: href("runs", { q: form.key }) }, "see which"), "."),
    form.run && h("p", { class: "came" }, "This form has started ", h("a", { href: href(["runs", form.run]) }, `run ${shortId(form.run)}`), "."),
    h("p", { class: "soft" }, "Key: ", h("code", null, form.key), ". Pressed twice, it is one run."),
    h(
      "div",
      { class: "view-acts" },
      !form.run && h("button", { type: "submit", class: "act", disabled: busy || !mayAct() }, busy ? "Starting …" : "Start the run"),
      (form.run || refused?.code === "KeyReused") && h("button", { type: "button", class: "plain", onclick: () => another(own) }, "Start another"),
    ),
  ];
}
