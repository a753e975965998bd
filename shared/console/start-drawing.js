// The form of a start, as it is drawn.

import { mayAct, readOnly } from "./access.js";
import { problem } from "./dialog.js";
import { h } from "./dom.js";
import { href } from "./router.js";
import { choice, drawInput, faulty } from "./start-fields.js";
import { requestOf } from "./start-form.js";
import { drawSnippets } from "./start-snippets.js";
import { shortId } from "./words.js";

/** Draw the form, and the same start for a program. `own.acts`: what its controls do. */
export function drawStart(own) {
  const head = h("div", { class: "view-head" }, h("h1", { tabindex: -1 }, "Start a run"));
  if (readOnly())
    return [head, h("p", { class: "empty" }, "This key may only read: it starts nothing.")];
  const { form, schema } = own;
  const { body } = requestOf(schema?.fields ?? null);
  return [
    head,
    h(
      "div",
      { class: "columns" },
      h(
        "form",
        { class: "card start", onsubmit: (event) => own.acts.start(event), novalidate: true },
        drawChoices(own),
        drawInputs(own),
        drawHow(own),
        drawEnd(own),
      ),
      drawSnippets(body, form.key, own.isSecret),
    ),
  ];
}

function drawChoices(own) {
  const { form, flows, connections, faults, error } = own;
  const first = (known, text) => ["", known ? text : error ? "cannot be read" : "reading …"];
  const listed = (flows ?? []).map((flow) => [flow.workflowId, flow.name]);
  if (form.workflowId && !listed.some(([id]) => id === form.workflowId))
    listed.push([form.workflowId, form.workflowId]);
  const offered = (connections ?? []).map((each) => [
    `${each.connectionType}:${each.name}`,
    connectionText(each),
    !each.usable,
  ]);
  return [
    error && problem(error),
    faulty(
      "Desktop flow",
      choice(form.workflowId, (id) => own.acts.chooseFlow(id), [
        first(flows, "choose …"),
        ...listed,
      ]),
      flows?.find((each) => each.workflowId === form.workflowId)?.description,
      faults.workflowId,
    ),
    faulty(
      "Connection",
      choice(form.connection, own.acts.write("connection"), [
        first(connections, "choose …"),
        ...offered,
      ]),
      "Its lane decides when the run is submitted.",
      faults.connectionName,
    ),
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
    const text = h("textarea", {
      rows: 4,
      class: "code",
      spellcheck: "false",
      value: form.json,
      oninput: (event) => own.acts.write("json")(event.target.value),
    });
    return faulty(
      "Inputs as JSON",
      text,
      schema.error
        ? `What it takes cannot be told: ${schema.error.message}`
        : "The flow tells of no inputs; leave this empty unless it has some.",
      faults.inputs,
    );
  }
  return h(
    "fieldset",
    null,
    h("legend", null, "Inputs"),
    schema.fields.map((about) =>
      drawInput(
        about,
        form.inputs[about.name] ?? "",
        (text) => {
          form.inputs[about.name] = text;
          own.acts.changed();
        },
        faults[`inputs.${about.name}`],
      ),
    ),
  );
}

function drawHow(own) {
  const { form, faults } = own;
  const text = (name, more = {}) =>
    h("input", {
      type: "text",
      value: form[name],
      oninput: (event) => own.acts.write(name)(event.target.value),
      ...more,
    });
  const digits = { inputmode: "numeric", class: "digits" };
  return [
    h(
      "div",
      { class: "pair" },
      faulty(
        "Run mode",
        choice(form.runMode, own.acts.write("runMode"), [
          ["unattended", "unattended"],
          ["attended", "attended"],
        ]),
        null,
        faults.runMode,
      ),
      faulty(
        "Priority",
        choice(form.runPriority, own.acts.write("runPriority"), [
          ["normal", "normal"],
          ["high", "high: before ten minutes of backlog"],
        ]),
        null,
        faults.runPriority,
      ),
    ),
    faulty(
      "Correlation id",
      text("correlationId", { maxlength: 100 }),
      "What you know it by; it is found by it.",
      faults.correlationId,
    ),
    h(
      "div",
      { class: "pair" },
      faulty(
        "Time-out in seconds",
        text("timeout", { ...digits, placeholder: "none" }),
        null,
        faults.timeout,
      ),
      faulty(
        "Retries",
        text("retries", digits),
        "After starts in which the robot did nothing.",
        faults.retries,
      ),
    ),
  ];
}

function drawEnd(own) {
  const { form, refused, sending: busy } = own;
  const unknown = refused?.passes;
  return [
    refused && h("div", { key: "refused" }, problem(refused)),
    unknown &&
      h(
        "p",
        null,
        "Whether it was accepted is not known. Press again: the same key makes no second run.",
      ),
    refused?.code === "KeyReused" &&
      h(
        "p",
        null,
        "This key has started a run with other fields: ",
        h("a", { href: href("runs", { q: form.key }) }, "see which"),
        ".",
      ),
    form.run &&
      h(
        "p",
        { class: "came" },
        "This form has started ",
        h("a", { href: href(["runs", form.run]) }, `run ${shortId(form.run)}`),
        ".",
      ),
    h(
      "p",
      { class: "soft" },
      "Key: ",
      h("code", null, form.key),
      ". Pressed twice, it is one run.",
    ),
    h(
      "div",
      { class: "view-acts" },
      !form.run &&
        h(
          "button",
          { type: "submit", class: "act", disabled: busy || !mayAct() },
          busy ? "Starting …" : "Start the run",
        ),
      (form.run || refused?.code === "KeyReused") &&
        h(
          "button",
          { type: "button", class: "plain", onclick: () => own.acts.another() },
          "Start another",
        ),
    ),
  ];
}
