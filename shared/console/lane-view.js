// One lane: its window slot by slot, its backlog, its pause, and its newest runs.

import { get } from "./api.js";
import { Backlog } from "./backlog.js";
import { problem } from "./dialog.js";
import { h } from "./dom.js";
import { fact, factList } from "./facts.js";
import { drawRate, laneAct, laneState } from "./lane-parts.js";
import { countText, knownLanes, laneMoves, oldest } from "./lanes.js";
import { watch } from "./live.js";
import { drawHour, rateText } from "./rate-picture.js";
import { href } from "./router.js";
import { runsTable } from "./runs-table.js";
import { clockText, durationText, now } from "./time.js";
import { slotsOf, windowGrid, windowLegend, windowText } from "./window-picture.js";

const NEWEST = 10;

export function openLane(place) {
  const id = place.parts[1];
  let lane = knownLanes()?.find((each) => each.laneId === id) ?? null;
  let runs = [];
  const backlog = new Backlog(id);
  let refused = null;
  const asking = watch(
    async (signal) => {
      lane = await get(`lanes/${encodeURIComponent(id)}`, { signal });
      runs = (
        await get("runs", { query: { connectionName: lane.connectionName, top: NEWEST }, signal })
      ).value;
      refused = null;
      return laneMoves(lane);
    },
    { refused: (error) => (refused = error) },
  );
  return {
    title: () => lane?.connectionName ?? "Lane",
    draw: () => drawLane(lane, runs, refused, backlog),
    close() {
      asking.stop();
      backlog.close();
    },
    parent: href("lanes"),
  };
}

function drawLane(lane, runs, refused, backlog) {
  const path = h(
    "nav",
    { class: "path", "aria-label": "Where this is" },
    h("a", { href: href("lanes") }, "Lanes"),
  );
  const head = h("div", { class: "view-head" }, h("h1", { tabindex: -1 }, "Lane"));
  if (refused) return [path, head, problem(refused)];
  if (!lane) return [path, head, h("p", { class: "soft" }, "Reading the lane …")];
  return [
    path,
    h(
      "div",
      { class: "view-head" },
      h("h1", { tabindex: -1 }, lane.connectionName),
      h("div", { class: "lead" }, laneState(lane)),
      h("div", { class: "view-acts" }, laneAct(lane)),
    ),
    h(
      "div",
      { class: "columns" },
      h(
        "section",
        { class: "card", "aria-labelledby": "window-title" },
        h("h2", { id: "window-title" }, "Window"),
        h("p", null, `${windowText(lane)}.`),
        windowGrid(lane),
        windowLegend(),
        drawFreeing(lane),
      ),
      drawFacts(lane),
    ),
    backlog.draw(lane),
    h(
      "section",
      { "aria-labelledby": "newest-title" },
      h("h2", { id: "newest-title" }, "Newest runs"),
      runs.length
        ? runsTable(runs, { lane: false })
        : h("p", { class: "empty" }, "No run of this lane is kept any more."),
      h(
        "p",
        null,
        h(
          "a",
          { href: href("runs", { connectionName: lane.connectionName }) },
          "All runs of this lane",
        ),
      ),
    ),
  ];
}

/** When slots free, as a list: what the picture says with its cells. */
function drawFreeing(lane) {
  const { held } = slotsOf(lane);
  if (!held.length) return null;
  const seconds = new Map();
  for (const at of held) {
    const second = Math.ceil(at / 1000) * 1000;
    seconds.set(second, (seconds.get(second) ?? 0) + 1);
  }
  return h(
    "details",
    null,
    h("summary", null, "When they free"),
    h(
      "ul",
      { class: "freeing" },
      [...seconds].map(([at, slots]) =>
        h("li", { key: at }, `${clockText(at)}: ${slots}, in ${durationText(at - now())}`),
      ),
    ),
  );
}

function drawFacts(lane) {
  const { connectionName } = lane;
  const first = oldest(lane);
  const list = (query, name) =>
    h("a", { href: href("runs", { connectionName, ...query }) }, countText(lane, name));
  const active = { status: "Submitting,Unconfirmed,Running" };
  return h(
    "section",
    { class: "card", "aria-labelledby": "counts-title" },
    h("h2", { id: "counts-title" }, "Counts"),
    factList(
      fact("Waiting", list({ status: "Queued" }, "backlog"), first && [", the oldest for ", first]),
      fact("At work", list(active, "activeFlowSessions")),
      fact(
        "To decide",
        lane.runsNeedingOperator > 0
          ? list({ needsOperator: "true" }, "runsNeedingOperator")
          : "none",
      ),
      fact("Last minute", drawRate(lane)),
      fact("Last hour", drawHour(lane), h("span", { class: "sub" }, rateText(lane))),
      fact("Lane id", h("code", null, lane.laneId)),
    ),
  );
}
