// One run: what it does, why it waits and until when, how it came to that, and what can be done.

import { readOnly } from "./access.js";
import { actButton } from "./act-button.js";
import { cancelRun } from "./acts.js";
import { announce } from "./announce.js";
import { addressOf, get } from "./api.js";
import { copyButton } from "./clipboard.js";
import { drawDecision } from "./decision.js";
import { drawDelivery } from "./delivery.js";
import { problem } from "./dialog.js";
import { h } from "./dom.js";
import { fact, factList } from "./facts.js";
import { flowName } from "./flows.js";
import { watch } from "./live.js";
import { Outputs } from "./outputs.js";
import { href, linkTo } from "./router.js";
import { ran, waited } from "./runs-table.js";
import { stateMark } from "./shapes.js";
import { age, moment } from "./time.js";
import { drawTimeline } from "./timeline.js";
import { isTelling } from "./told.js";
import {
  becameText,
  doing,
  isFinal,
  isKnownLate,
  knownLate,
  laneOf,
  stateOf,
  waiting,
} from "./words.js";

export function openRun(place) {
  const id = place.parts[1];
  const outputs = new Outputs(id);
  let run = null;
  let refused = null;
  const asking = watch(
    async (signal) => {
      const before = run?.status;
      run = await get(`runs/${encodeURIComponent(id)}`, { signal });
      refused = null;
      if (before && before !== run.status) announce(becameText(run));
      return !isFinal(run) || isTelling(run);
    },
    { refused: (error) => (refused = error) },
  );
  return {
    title: () => (run ? `${stateOf(run.status).word}: ${flowName(run.workflowId)}` : "Run"),
    draw: () => drawRun(run, refused, outputs),
    close() {
      asking.stop();
      outputs.close();
    },
    parent: href("runs"),
  };
}

function drawRun(run, refused, outputs) {
  const path = h(
    "nav",
    { class: "path", "aria-label": "Where this is" },
    h("a", { href: href("runs") }, "Runs"),
  );
  // The heading stays the same element, so that what reads it is not sent away from it.
  const head = h("div", { class: "view-head" }, h("h1", { tabindex: -1 }, "Run"));
  if (refused) return [path, head, problem(refused)];
  if (!run) return [path, head, h("p", { class: "soft" }, "Reading the run …")];
  const name = flowName(run.workflowId);
  return [
    path,
    h(
      "div",
      { class: `view-head run-head tone-${stateOf(run.status).tone}` },
      h("h1", { tabindex: -1 }, stateMark(run.status), " ", h("span", null, name)),
      drawLead(run),
      drawActs(run, name),
    ),
    drawDecision(run, name),
    drawError(run),
    h("div", { class: "columns" }, drawTimeline(run), drawFacts(run)),
    isFinal(run) && outputs.draw(run),
    drawDelivery(run, name),
    h(
      "details",
      { class: "raw" },
      h("summary", null, "As the API tells it"),
      h("pre", { tabindex: 0 }, JSON.stringify(run, null, 2)),
    ),
  ];
}

function drawLead(run) {
  const wait = waiting(run);
  const ends = run.endedAt ?? run.completedAt;
  return h(
    "div",
    { class: "lead" },
    h(
      "p",
      null,
      doing(run),
      isFinal(run) && ends ? [" At ", moment(ends), ", ", age(ends), " ago."] : "",
    ),
    isKnownLate(run) && h("p", { "data-testid": "known-late" }, knownLate(run)),
    wait.length > 0 &&
      h("p", { "data-testid": "waits" }, h("strong", null, "Why it waits: "), wait),
    run.waitingFor?.advice && h("p", { class: "soft" }, run.waitingFor.advice),
    run.overdueSince &&
      !isFinal(run) &&
      h(
        "p",
        null,
        h("strong", null, "Overdue: "),
        "it should have ended at ",
        moment(run.overdueSince),
        ".",
      ),
    run.licenceWarning && h("p", null, h("strong", null, "Licence: "), run.licenceWarning),
  );
}

function drawActs(run, name) {
  const path = `runs/${run.runId}`;
  const curl = () => `curl -s '${addressOf(path).href}' -H "x-functions-key: $BROKER_KEY"`;
  const connection = `${run.connectionType}:${run.connectionName}`;
  const cancellable = !isFinal(run) && !run.cancelRequestedAt;
  return h(
    "div",
    { class: "view-acts" },
    cancellable && actButton("Cancel run …", () => cancelRun(run, name), { tone: "bad" }),
    copyButton("Copy link", () => linkTo(["runs", run.runId])),
    copyButton("Copy curl", curl),
    isFinal(run) &&
      !readOnly() &&
      h("a", { href: href("start", { workflowId: run.workflowId, connection }) }, "Start another"),
  );
}

function drawError(run) {
  const { error } = run;
  if (!error) return null;
  const inner = error.innererror;
  const started = { true: "The robot may have started.", false: "The robot did not start." };
  return h(
    "section",
    {
      key: "error",
      class: `card error tone-${isFinal(run) ? "bad" : "warn"}`,
      "aria-labelledby": "error-title",
    },
    h("h2", { id: "error-title" }, isFinal(run) ? "Why it failed" : "What went wrong so far"),
    h("p", null, error.message, " ", h("code", null, error.code)),
    h(
      "p",
      null,
      h(
        "strong",
        null,
        started[error.robotMayHaveStarted] ?? "Nobody can tell whether the robot started.",
      ),
    ),
    error.advice && h("p", null, h("strong", null, "What to do: "), error.advice),
    inner &&
      (inner.details || inner.httpStatus) &&
      h(
        "details",
        null,
        h("summary", null, "What Dataverse answered"),
        h("p", null, inner.httpStatus ? `HTTP ${inner.httpStatus}. ` : "", inner.details ?? ""),
      ),
  );
}

function drawFacts(run) {
  const code = (text) => h("code", null, text);
  const ids = (label, several) =>
    several.length > 0 &&
    fact(
      label,
      several.map((id) => h("div", null, code(id))),
    );
  const mode = [run.runMode, run.runPriority, run.timeout && `${run.timeout} s at most`];
  const lane = h("a", { href: href(["lanes", laneOf(run.runId)]) }, run.connectionName);
  const another = run.connection && run.connection !== run.connectionName;
  return h(
    "section",
    { class: "card", "aria-labelledby": "facts-title" },
    h("h2", { id: "facts-title" }, "Facts"),
    factList(
      fact("Run id", code(run.runId)),
      fact("Connection", lane, another && [" is ", run.connection]),
      fact("Flow session", run.flowSessionId ? code(run.flowSessionId) : "none is known"),
      ids("Sessions before", run.pastFlowSessionIds),
      ids("Double sessions", run.doubleFlowSessionIds),
      run.correlationId &&
        fact(
          "Correlation id",
          h("a", { href: href("runs", { q: run.correlationId }) }, run.correlationId),
        ),
      fact("Accepted", moment(run.createdAt)),
      fact("Waited", waited(run)),
      fact("Ran", ran(run)),
      fact("Tries", run.attempts, run.retries > 0 && `, and up to ${run.retries} more starts`),
      fact("Mode", mode.filter(Boolean).join(", ")),
      fact("Desktop flow", code(run.workflowId)),
    ),
  );
}
