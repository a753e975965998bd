// Copies a text, and says so on the button that was pressed.

import { announce } from "./announce.js";
import { h } from "./dom.js";
import { redraw } from "./draw.js";

const TOLD_MS = 2_000;
let copied = null;

/** A button that copies what `text()` gives. */
export function copyButton(label, text) {
  const said = copied === label;
  return h(
    "button",
    { type: "button", key: `copy ${label}`, class: "plain", onclick: () => copy(label, text()) },
    said ? "Copied" : label,
  );
}

async function copy(label, text) {
  try {
    await navigator.clipboard.writeText(text);
  } catch {
    byHand(text); // without HTTPS a page has no clipboard
  }
  copied = label;
  announce("Copied.");
  redraw();
  setTimeout(() => {
    if (copied === label) copied = null;
    redraw();
  }, TOLD_MS);
}

function byHand(text) {
  const area = document.createElement("textarea");
  area.value = text;
  area.className = "visually-hidden";
  document.body.append(area);
  area.select();
  document.execCommand("copy");
  area.remove();
}
