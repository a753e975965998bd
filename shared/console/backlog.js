// The backlog of a lane: the runs that are next, read only when somebody asks for them.

import { get } from "./api.js";
import { problem } from "./dialog.js";
import { h } from "./dom.js";
import { redraw } from "./draw.js";
import { watch } from "./live.js";
import { href } from "./router.js";
import { age, moment, until } from "./time.js";
import { shortId } from "./words.js";

export const SHOWN = 50;

export class Backlog {
  constructor(laneId) {
    this.laneId = laneId;
    this.places = null;
    this.refused = null;
    this.asking = null;
  }

  /** Begin to ask, or ask no more. */
  toggle(open) {
    if (open === Boolean(this.asking)) return;
    this.close();
    if (open) {
      const told = { minor: true, refused: (error) => (this.refused = error) };
      this.asking = watch((signal) => this.read(signal), told);
    }
    redraw();
  }

  async read(signal) {
    const path = `lanes/${encodeURIComponent(this.laneId)}`;
    const lane = await get(path, { query: { places: SHOWN }, signal });
    this.places = lane.places;
    this.refused = null;
    return lane.places.length > 0;
  }

  close() {
    this.asking?.stop();
    this.asking = null;
    this.places = null;
  }

  draw(lane) {
    if (!lane.backlog && !this.asking) return null;
    return h(
      "details",
      {
        key: "backlog",
        class: "backlog",
        ontoggle: (event) => this.toggle(event.target.open),
      },
      h("summary", null, "The next runs of its backlog"),
      this.asking && this.drawPlaces(lane),
    );
  }

  drawPlaces(lane) {
    if (this.refused) return problem(this.refused);
    if (!this.places) return h("p", { class: "soft" }, "Reading its backlog …");
    if (!this.places.length) return h("p", { class: "empty" }, "No run waits any more.");
    const more = lane.backlog - this.places.length;
    return [
      h(
        "table",
        { class: "rows places" },
        h("caption", { class: "visually-hidden" }, "The backlog, the next run first"),
        h(
          "thead",
          null,
          h(
            "tr",
            null,
            ["Place", "Run", "Waits for", "Its turn"].map((text) =>
              h("th", { scope: "col", class: text === "Place" ? "number" : "" }, text),
            ),
          ),
        ),
        h("tbody", null, this.places.map(drawPlace)),
      ),
      more > 0 && h("p", { class: "soft" }, `And ${more.toLocaleString("en")} behind them.`),
    ];
  }
}

function drawPlace({ place, runId, createdAt, notBefore, expectedSubmissionAt, attempts }) {
  return h(
    "tr",
    { key: runId },
    h("td", { class: "number", "data-label": "Place" }, String(place + 1)),
    h(
      "th",
      { scope: "row" },
      h("a", { href: href(["runs", runId]), "data-row": true }, shortId(runId)),
      attempts > 0 && h("span", { class: "sub" }, `submitted before: ${attempts}`),
    ),
    h(
      "td",
      { "data-label": "Waits for" },
      age(createdAt),
      h("span", { class: "sub" }, "since ", moment(createdAt)),
    ),
    h(
      "td",
      { "data-label": "Its turn" },
      expectedSubmissionAt ? until(expectedSubmissionAt) : "when somebody resumes the lane",
      notBefore && h("span", { class: "sub" }, "put off until ", moment(notBefore)),
    ),
  );
}
