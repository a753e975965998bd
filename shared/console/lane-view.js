// One lane: its window slot by slot, its backlog, its pause, and its newest runs.

import { mayAct } from "./access.js";
import { ApiError, get } from "./api.js";
import { problem } from "./dialog.js";
import { h } from "./dom.js";
import { laneAct, laneState, meter } from "./lane-parts.js";
import { countText, knownLanes, laneMoves, oldest, readLanes } from "./lanes.js";
import { watch } from "./live.js";
import { href } from "./router.js";
import { runsTable } from "./runs-table.js";
import { clockText, durationText, now } from "./time.js";
import { rateText, slotsOf, windowGrid, windowLegend, windowText } from "./window-picture.js";

const NEWEST = 10;

export function openLane(place) {
  const id = place.parts[1];
  let lane = knownLanes()?.find((each) => each.laneId === id) ?? null;
  let runs = [];
  let refused = null;
  const asking = watch(
    async (signal) => {
      lane = await readLane(id, signal);
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
    draw: () => drawLane(lane, runs, refused),
    close: () => asking.stop(),
    parent: href("lanes"),
  };
}

/** Read a lane as of now; from all of them, where the app has no call for one. */
async function readLane(id, signal) {
  try {
    return await get(`lanes/${encodeURIComponent(id)}`, { signal });
  } catch (error) {
    if (!(error instanceof ApiError) || error.status !== 404 || error.code) throw error;
  }
  const found = (await readLanes(signal)).find((each) => each.laneId === id);
  if (!found) throw new ApiError(404, { message: "There is no lane of this id." });
  return found;
}

function drawLane(lane, runs, refused) {
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
      mayAct() && h("div", { class: "view-acts" }, laneAct(lane)),
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
  const rate = rateText(lane);
  const first = oldest(lane);
  const list = (status) => href("runs", { connectionName: lane.connectionName, status });
  const fact = (label, ...value) =>
    h("div", { key: label }, h("dt", null, label), h("dd", null, value));
  return h(
    "section",
    { class: "card", "aria-labelledby": "counts-title" },
    h("h2", { id: "counts-title" }, "Counts"),
    h(
      "dl",
      { class: "facts" },
      fact(
        "Waiting",
        h("a", { href: list("Queued") }, countText(lane, "backlog")),
        first && [", the oldest for ", first],
      ),
      fact(
        "At work",
        h(
          "a",
          { href: list("Submitting,Unconfirmed,Running") },
          countText(lane, "activeFlowSessions"),
        ),
      ),
      fact(
        "To decide",
        lane.runsNeedingOperator > 0
          ? h(
              "a",
              {
                href: href("runs", { connectionName: lane.connectionName, needsOperator: "true" }),
              },
              countText(lane, "runsNeedingOperator"),
            )
          : "none",
      ),
      rate &&
        fact(
          "Last minute",
          `${rate.used} of ${rate.limit} allowed `,
          meter(rate.used, rate.limit, `${rate.used} of ${rate.limit}`),
        ),
      fact("Lane id", h("code", null, lane.laneId)),
    ),
  );
}
