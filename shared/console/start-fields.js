// The fields of a start: each input by its kind, with what is wrong with it beside it.

import { field } from "./dialog.js";
import { h } from "./dom.js";

/** A field with its fault; `input` is an element that is described. */
export function faulty(label, input, hint, fault) {
  if (fault) Object.assign(input.props, { "aria-invalid": "true" });
  return h(
    "div",
    { class: fault ? "faulty" : "" },
    field(label, input, hint),
    fault && h("p", { class: "fault", role: "alert" }, `${label} ${fault}.`),
  );
}

export function choice(value, choose, options) {
  return h(
    "select",
    { value, onchange: (event) => choose(event.target.value) },
    options.map(([each, text, off]) =>
      h("option", { key: each, value: each, disabled: Boolean(off) }, text),
    ),
  );
}

/** Draw an input of the flow. */
export function drawInput(about, text, write, fault) {
  const hint = [about.description, about.required ? "Required." : ""].filter(Boolean).join(" ");
  const label = about.title === about.name ? about.name : `${about.title} (${about.name})`;
  return h(
    "div",
    { key: `input ${about.name}` },
    faulty(label, inputOf(about, text, write), hint, fault),
  );
}

function inputOf({ kind, choices, secret, required }, text, write) {
  const none = ["", required ? "choose …" : "not given"];
  if (choices)
    return choice(text, write, [none, ...choices.map((each) => [String(each), String(each)])]);
  if (kind === "boolean")
    return choice(text.toLowerCase(), write, [none, ["true", "true"], ["false", "false"]]);
  const common = {
    value: text,
    oninput: (event) => write(event.target.value),
    spellcheck: "false",
  };
  if (kind === "json") return h("textarea", { ...common, rows: 3, class: "code" });
  const numeric = kind === "number" || kind === "whole";
  return h("input", {
    ...common,
    type: secret ? "password" : "text",
    inputmode: numeric ? "decimal" : null,
    class: numeric ? "digits" : null,
    autocomplete: secret ? "new-password" : "off",
  });
}
