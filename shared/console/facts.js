// Facts as a list: what each is, and beside it what is known of it.

import { h } from "./dom.js";

/** A list of what `fact` gives; those that are none are left out. */
export const factList = (...facts) => h("dl", { class: "facts" }, facts);

export const fact = (label, ...value) =>
  h("div", { key: label }, h("dt", null, label), h("dd", null, value));

/** What exactly will be acted on, so that nobody takes it for another: pairs of label and value. */
export function exactly(...pairs) {
  return h(
    "dl",
    { class: "exactly" },
    pairs.filter(Boolean).map(([label, value]) => [h("dt", null, label), h("dd", null, value)]),
  );
}
