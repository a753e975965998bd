// Runs as rows: the state and its age, what it is of, and apart how long it waited and ran.

import { h } from "./dom.js";
import { flowName } from "./flows.js";
import { knownLanes } from "./lanes.js";
import { href } from "./router.js";
import { stateMark } from "./shapes.js";
import { age, durationText, moment, now, span } from "./time.js";
import { isFinal, isKnownLate, laneOf, shortId, stateOf, times } from "./words.js";

/** `lane`: whether rows name their connection. */
export function runsTable(runs, { lane = true } = {}) {
  const heads = [
    ["State"],
    ["Run"],
    lane && ["Connection"],
    ["Accepted", "number"],
    ["Waited", "number"],
    ["Ran", "number"],
    ["Tries", "number"],
  ].filter(Boolean);
  return h(
    "table",
    { class: lane ? "rows runs" : "rows runs of-lane" },
    h("caption", { class: "visually-hidden" }, "Runs, the newest first"),
    h(
      "thead",
      null,
      h(
        "tr",
        null,
        heads.map(([text, kind = ""]) => h("th", { scope: "col", class: kind }, text)),
      ),
    ),
    h(
      "tbody",
      null,
      runs.map((run) => drawRow(run, lane)),
    ),
  );
}

function drawRow(run, lane) {
  return h(
    "tr",
    {
      key: run.runId,
      class: `tone-${stateOf(run.status).tone}${run.needsOperator ? " marked" : ""}`,
    },
    h(
      "td",
      { class: "col-state" },
      stateMark(run.status),
      h("span", { class: "sub" }, stateAge(run)),
    ),
    h(
      "th",
      { scope: "row", class: "col-run" },
      h("a", { href: href(["runs", run.runId]), "data-row": true }, flowName(run.workflowId)),
      h(
        "span",
        { class: "sub" },
        run.correlationId && [h("span", { class: "correlation" }, run.correlationId), " "],
        h("code", { title: run.runId }, shortId(run.runId)),
      ),
    ),
    lane &&
      h(
        "td",
        { "data-label": "Connection" },
        h("a", { class: "quiet", href: href(["lanes", laneOf(run.runId)]) }, run.connectionName),
      ),
    h("td", { class: "number", "data-label": "Accepted" }, moment(run.createdAt)),
    h("td", { class: "number", "data-label": "Waited" }, waited(run)),
    h("td", { class: "number", "data-label": "Ran" }, ran(run)),
    h("td", { class: "number", "data-label": "Tries" }, String(run.attempts)),
  );
}

function laneIsPaused(run) {
  const lane = laneOf(run.runId);
  return knownLanes()?.some((each) => each.laneId === lane && each.pauseReason) ?? false;
}

/** For how long it is so, or how long ago it ended; what stands out goes first. */
function stateAge(run) {
  if (run.needsOperator) return ["to decide for ", age(run.needsOperatorSince ?? run.changedAt)];
  if (run.overdueSince && !isFinal(run)) return ["overdue since ", moment(run.overdueSince)];
  if (isFinal(run)) return [age(run.endedAt ?? run.changedAt), " ago", lateness(run)];
  if (run.cancelRequestedAt) return ["cancelling for ", age(run.cancelRequestedAt)];
  if (run.status === "Queued" && laneIsPaused(run))
    return ["lane paused; for ", age(run.changedAt)];
  if (run.status === "Running" && !run.startedAt)
    return ["waits for a machine, ", age(run.submittedAt ?? run.changedAt)];
  return ["for ", age(run.startedAt ?? run.changedAt)];
}

/** Where many rows say so, callbacks do not arrive: nothing fails of that. */
function lateness(run) {
  return isKnownLate(run) ? `, known ${durationText(span(run.completedAt, run.endedAt))} late` : "";
}

/** From its acceptance until its robot began, machine and all. */
export function waited(run) {
  if (!run.startedAt && !isFinal(run)) return age(run.createdAt);
  return durationText(times(run, now()).waited);
}

/** How long the robot worked, or has worked until now. */
export function ran(run) {
  if (run.startedAt && !isFinal(run) && !run.completedAt) return age(run.startedAt);
  const time = times(run, now()).ran;
  if (time !== null) return durationText(time);
  const why = isFinal(run)
    ? "Nobody has told when its robot began."
    : "Its robot has not been seen at work.";
  return h("span", { class: "soft", title: why }, "–");
}
