// Starts a run: flow and connection are chosen from what there is, fields are those of the schema.

import { sending } from "./acts.js";
import { get } from "./api.js";
import { jsonOf } from "./digits.js";
import { redraw } from "./draw.js";
import { noteAsked } from "./notices.js";
import { go, href } from "./router.js";
import { drawStart } from "./start-drawing.js";
import {
  anotherKey,
  fieldsOf,
  keepForm,
  requestOf,
  startForm,
  withDefaults,
} from "./start-form.js";
import { shortId } from "./words.js";

const TOP = 500;

export function openStart(place) {
  const form = startForm();
  const own = {
    form,
    flows: null,
    connections: null,
    schema: null,
    error: null,
    refused: null,
    faults: {},
    sending: false,
  };
  own.control = new AbortController();
  own.isSecret = (name) => own.schema?.fields?.find((each) => each.name === name)?.secret ?? true;
  own.acts = {
    start: (event) => start(own, event),
    another: () => another(own),
    chooseFlow: (workflowId) => chooseFlow(own, workflowId),
    changed: () => changed(own),
    write: (name) => (value) => {
      form[name] = value;
      changed(own);
    },
  };
  const { query } = place;
  if (query.get("workflowId")) form.workflowId = query.get("workflowId");
  if (query.get("connection")) form.connection = query.get("connection");
  readChoices(own);
  if (form.workflowId) readSchema(own);
  return {
    title: () => "Start a run",
    draw: () => drawStart(own),
    close: () => own.control.abort(),
  };
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
  own.schema = schema.inputs
    ? { fields: fieldsOf(schema.inputs) }
    : { fields: null, error: schema.error };
  if (own.schema.fields) withDefaults(own.schema.fields);
  redraw();
}

function changed(own) {
  own.faults = {};
  keepForm(own.isSecret);
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
  const unread = form.workflowId && !schema;
  if (own.sending || form.run || unread || Object.keys(faults).length) return redraw();
  Object.assign(own, { sending: true, refused: null });
  redraw();
  try {
    const headers = { "Idempotency-Key": form.key };
    const { body: run } = await sending("POST", "runs", { text: jsonOf(body), headers });
    form.run = run.runId;
    keepForm(own.isSecret);
    noteAsked(`Start of run ${shortId(run.runId)} asked: it is accepted.`, {
      link: href(["runs", run.runId]),
    });
    go(href(["runs", run.runId]));
  } catch (error) {
    own.refused = error;
    for (const { target, message } of error.details ?? []) {
      own.faults[target] = message.replace(`${target} `, "");
    }
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
