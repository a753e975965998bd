// What a robot gave back: read only when somebody asks, since it may be large or private.

import { get } from "./api.js";
import { copyButton } from "./clipboard.js";
import { problem } from "./dialog.js";
import { Digits, jsonOf, parseExactly } from "./digits.js";
import { h } from "./dom.js";
import { redraw } from "./draw.js";
import { fact, factList } from "./facts.js";

export class Outputs {
  constructor(runId) {
    this.path = `runs/${encodeURIComponent(runId)}/outputs`;
    this.asking = null;
    this.read = null;
    this.error = null;
  }

  close() {
    this.asking?.abort();
  }

  async ask() {
    this.close();
    this.asking = new AbortController();
    this.error = null;
    redraw();
    try {
      this.read = await get(this.path, { signal: this.asking.signal, parse: parseExactly });
    } catch (error) {
      this.error = error;
    }
    this.asking = null;
    redraw();
  }

  draw(run) {
    if (run.status !== "Succeeded" && !this.read) return null;
    return h(
      "section",
      { key: "outputs", class: "card", "aria-labelledby": "outputs-title" },
      h("h2", { id: "outputs-title" }, "Outputs"),
      this.error && problem(this.error),
      this.read ? drawOutputs(this.read.outputs) : this.drawButton(),
    );
  }

  drawButton() {
    const text = this.asking ? "Reading …" : "Show outputs";
    return h(
      "button",
      { type: "button", class: "plain", disabled: Boolean(this.asking), onclick: () => this.ask() },
      text,
    );
  }
}

function drawOutputs(outputs) {
  const entries = Object.entries(outputs ?? {});
  if (!entries.length) return h("p", null, "The robot gave nothing back.");
  return [
    factList(
      entries.map(([name, value]) => fact(name, h("span", { class: "value" }, textOf(value)))),
    ),
    h(
      "p",
      null,
      copyButton("Copy outputs", () => jsonOf(outputs, 2)),
    ),
  ];
}

function textOf(value) {
  if (typeof value === "string") return value || "“”";
  if (value instanceof Digits) return value.text;
  return jsonOf(value, 2);
}
