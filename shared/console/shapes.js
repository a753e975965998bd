// States as shapes, so that nobody has to tell them by their colours.

import { h } from "./dom.js";
import { stateOf } from "./words.js";

const line = (d) => h("path", { d, class: "line" });
const solid = (d) => h("path", { d, class: "solid" });
const CIRCLE = "M8 1.5a6.5 6.5 0 1 0 0 13a6.5 6.5 0 1 0 0-13z";
const SQUARE = "M3.5 1.5h9a2 2 0 0 1 2 2v9a2 2 0 0 1-2 2h-9a2 2 0 0 1-2-2v-9a2 2 0 0 1 2-2z";
const TRIANGLE =
  "M8 1.6a1 1 0 0 1 .9.5l6.2 11a1 1 0 0 1-.9 1.5H1.8a1 1 0 0 1-.9-1.5l6.2-11a1 1 0 0 1 .9-.5z";

/** Each in a square of 16; `cut` is drawn in the colour behind. */
const SHAPES = {
  ring: () => [line(CIRCLE), line("M5.2 8h5.6")],
  arrow: () => [line(CIRCLE), line("M8 11.2V5M5.3 7.5 8 4.8l2.7 2.7")],
  alert: () => [solid(TRIANGLE), cut("M8 6v3.6M8 12v.1")],
  play: () => [solid(CIRCLE), cut("M6.6 5.2v5.6L11 8z", true)],
  check: () => [solid(CIRCLE), cut("M4.9 8.2l2.1 2.2 4.1-4.6")],
  cross: () => [solid(SQUARE), cut("M5.3 5.3l5.4 5.4M10.7 5.3l-5.4 5.4")],
  slash: () => [line(CIRCLE), line("M3.6 12.4l8.8-8.8")],
  clock: () => [solid(SQUARE), cut("M8 4.4V8l2.4 1.8")],
  pause: () => [solid(SQUARE), cut("M6 5v6M10 5v6")],
  letter: () => [line("M1.8 3.5h12.4v9H1.8z"), line("M2 4l6 4.8L14 4")],
  bell: () => [line("M3.5 11.5c1-1 1-2 1-4a3.5 3.5 0 0 1 7 0c0 2 0 3 1 4zM6.8 13.6h2.4")],
};

function cut(d, filled = false) {
  return h("path", { d, class: filled ? "cut filled" : "cut" });
}

export function shape(name) {
  return h("svg", { class: "shape", viewBox: "0 0 16 16", "aria-hidden": "true" }, SHAPES[name]());
}

/** A state by shape, word and colour. */
export function stateMark(status) {
  const { word, shape: name, tone } = stateOf(status);
  return h("span", { class: `state tone-${tone}` }, shape(name), h("span", null, word));
}
