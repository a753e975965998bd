// The button of an act: not there for a key that may only read, and disabled until that is known.

import { mayAct, readOnly } from "./access.js";
import { h } from "./dom.js";

/** `label`: what it is called where its text alone does not say what it acts on. */
export function actButton(text, act, { tone = "", label = null, weight = "plain" } = {}) {
  if (readOnly()) return null;
  const look = tone ? `${weight} tone-${tone}` : weight;
  return h(
    "button",
    { type: "button", class: look, "aria-label": label, disabled: !mayAct(), onclick: act },
    text,
  );
}
