// A run that nobody else can decide about: what is known of it beside each session that may be its
// own, and the three ways out, each with what follows from it.

import { readOnly } from "./access.js";
import { actButton } from "./act-button.js";
import { h } from "./dom.js";
import { fact, factList } from "./facts.js";
import { adopt, giveUp, submitAgain } from "./resolve.js";
import { shape } from "./shapes.js";
import { age, moment } from "./time.js";
import { isFinal } from "./words.js";

/** Dataverse's own words for the states of a flow session (its column statuscode). */
const SESSION_STATES = (
  "NotSpecified Paused Running Waiting Succeeded Skipped Suspended Cancelled Failed Faulted " +
  "TimedOut Aborted Ignored Deleted Terminated"
).split(" ");
const mayDecide = (run) => run.needsOperator || (run.overdueSince && !isFinal(run));

export function drawDecision(run, name) {
  return [mayDecide(run) && drawChoices(run, name), run.decision && drawDecided(run.decision)];
}

function drawChoices(run, name) {
  const candidates = run.candidates ?? [];
  const unconfirmed = run.status === "Unconfirmed";
  return h(
    "section",
    { key: "decide", class: "card decide tone-warn", "aria-labelledby": "decide-title" },
    h("h2", { id: "decide-title" }, shape("alert"), " Decide"),
    h(
      "p",
      null,
      unconfirmed
        ? "Dataverse was asked to start this run, and its answer was lost. Whether a robot works for it decides what is right."
        : "It should have ended long ago. Giving it up cancels its session.",
    ),
    unconfirmed &&
      h(
        "div",
        { class: "beside" },
        drawOwn(run, name),
        candidates.map((each, index) => drawCandidate(run, name, each, index)),
        !candidates.length &&
          h("p", { class: "empty" }, "Dataverse shows no session that may be its own."),
      ),
    readOnly()
      ? h("p", { class: "soft" }, "This key may only read.")
      : h(
          "ul",
          { class: "choices plain-list" },
          unconfirmed && drawSubmit(run, name),
          drawGiveUp(run, name),
        ),
  );
}

function drawOwn(run, name) {
  const sent = run.history?.findLast((each) => each.status === "Submitting")?.from;
  return h(
    "div",
    { class: "candidate own" },
    h("h3", null, "The run"),
    factList(
      fact("Desktop flow", name),
      fact("Connection", run.connectionName),
      fact("Accepted", moment(run.createdAt)),
      sent && fact("Sent", moment(sent)),
      run.needsOperatorSince && fact("Undecided", "for ", age(run.needsOperatorSince)),
      run.correlationId && fact("Correlation id", run.correlationId),
      fact("Tries", String(run.attempts)),
    ),
  );
}

function drawCandidate(run, name, candidate, index) {
  const { flowSessionId, createdAt, statuscode, speaksFor, speaksAgainst } = candidate;
  const reasons = (title, form, tone, texts) =>
    texts.length > 0 && [
      h("h4", null, title),
      h(
        "ul",
        { class: `reasons tone-${tone}` },
        texts.map((text) => h("li", null, shape(form), text)),
      ),
    ];
  return h(
    "div",
    { key: flowSessionId, class: "candidate" },
    h("h3", null, `Session ${index + 1}`),
    factList(
      fact("Session id", h("code", null, flowSessionId)),
      fact("Made", createdAt ? moment(createdAt) : "not told"),
      fact(
        "State",
        SESSION_STATES[statuscode] ?? (statuscode === null ? "not told" : `code ${statuscode}`),
      ),
    ),
    reasons("Speaks for it", "check", "good", speaksFor),
    reasons("Speaks against it", "cross", "bad", speaksAgainst),
    !readOnly() &&
      h(
        "p",
        { class: "hint" },
        "The run follows this session, and ends as it ends. Nothing is submitted.",
      ),
    actButton(`Adopt session ${index + 1} …`, () => adopt(run, name, candidate), { weight: "act" }),
  );
}

function drawSubmit(run, name) {
  return h(
    "li",
    null,
    actButton("Submit again …", () => submitAgain(run, name), { tone: "bad" }),
    h(
      "p",
      null,
      "Dataverse is asked once more, and nothing is sent if it has a session. If the robot has worked already, it works twice.",
    ),
  );
}

function drawGiveUp(run, name) {
  return h(
    "li",
    null,
    actButton("Give it up …", () => giveUp(run, name)),
    h(
      "p",
      null,
      run.status === "Unconfirmed"
        ? "The run ends as Failed. If its robot works after all, nobody hears of it."
        : "The run ends as Failed, and its session is cancelled. How that ends changes nothing.",
    ),
  );
}

const DECIDED = { adopt: "adopted a session", resubmit: "submitted it again", fail: "gave it up" };

function drawDecided({ action, at, by, reason, flowSessionId, forced }) {
  return h(
    "section",
    { key: "decided", class: "card", "aria-labelledby": "decided-title" },
    h("h2", { id: "decided-title" }, "Decision"),
    h(
      "p",
      null,
      h("strong", null, by ?? "Somebody"),
      ` ${DECIDED[action] ?? action}${forced ? " by force" : ""} at `,
      moment(at),
      ".",
      flowSessionId ? [" ", h("code", null, flowSessionId)] : "",
    ),
    reason && h("p", null, h("q", null, reason)),
  );
}
