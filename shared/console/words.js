// What the states are called, how they look, and what a run does in a sentence.

import { durationText, moment, span, until } from "./time.js";

/** Each state by its word, shape and tone; `moves`: it will become another by itself. */
export const STATES = {
  Queued: { shape: "ring", tone: "quiet", moves: true },
  Submitting: { shape: "arrow", tone: "run", moves: true },
  Unconfirmed: { shape: "alert", tone: "warn", moves: true },
  Running: { shape: "play", tone: "run", moves: true },
  Succeeded: { shape: "check", tone: "good" },
  Failed: { shape: "cross", tone: "bad" },
  Cancelled: { shape: "slash", tone: "quiet" },
  TimedOut: { shape: "clock", tone: "bad", word: "Timed out" },
};
export const ACTIVE = Object.keys(STATES).filter((name) => STATES[name].moves);

export function stateOf(status) {
  return { word: status, ...(STATES[status] ?? { shape: "ring", tone: "quiet" }) };
}

export const isFinal = (run) => !stateOf(run.status).moves;

/** A run's lane: its id begins with the lane's. */
export const laneOf = (runId) => runId.slice(0, runId.lastIndexOf("-"));

/** Enough of a run's id to tell it from its neighbours; its beginning is its lane and its time. */
export const shortId = (runId) => `…${runId.slice(-8)}`;

export const many = (number, one, several = `${one}s`) =>
  `${number.toLocaleString("en")} ${number === 1 ? one : several}`;

/** Say when a run waited, and for how long it ran; null: nobody knows, or it has not begun. */
export function times(run, now) {
  const at = (iso) => (iso ? Date.parse(iso) : null);
  const end = at(run.completedAt) ?? at(run.endedAt) ?? now;
  const began = at(run.startedAt);
  return {
    waited: Math.max(0, (began ?? end) - at(run.createdAt)),
    ran: began === null ? null : Math.max(0, end - began),
  };
}

/** A text that ends as a sentence does. */
export const sentence = (text) => (/[.!?…]$/.test(text) ? text : `${text}.`);

/** What it is doing, in a sentence. */
export function doing(run) {
  if (run.cancelRequestedAt && !isFinal(run)) {
    return ["Its cancellation was asked for at ", moment(run.cancelRequestedAt), ". ", going(run)];
  }
  return [going(run)];
}

function going(run) {
  switch (run.status) {
    case "Queued":
      return run.attempts
        ? "It waits in the backlog to be submitted again."
        : "It waits in the backlog to be submitted.";
    case "Submitting":
      return "It is being submitted to Dataverse.";
    case "Unconfirmed":
      return run.needsOperator
        ? "It was submitted, and the answer was lost."
        : "Its submission had no answer; Dataverse is asked what became of it.";
    case "Running":
      return run.startedAt
        ? "Its robot works."
        : "Dataverse has taken it; its robot has not been seen at work yet.";
    default:
      return ended(run);
  }
}

function ended(run) {
  const how = {
    Succeeded: "It has succeeded.",
    Failed: "It has failed.",
    Cancelled: "It was cancelled.",
    TimedOut: "Its robot took longer than it may.",
  }[run.status];
  return how ?? `It is ${run.status}.`;
}

/** What has become of a run, for whoever waits to hear it. */
export function becameText(run) {
  const how = { Succeeded: "has succeeded", Failed: "has failed", TimedOut: "has timed out" };
  return `The run ${how[run.status] ?? `is ${stateOf(run.status).word.toLowerCase()}`}.`;
}

const LATE_MS = 15_000;

/** Whether an end became known long after it came. One that was adopted may have come before. */
export function isKnownLate({ completedAt, endedAt, decision }) {
  if (!completedAt || !endedAt || decision?.action === "adopt") return false;
  return span(completedAt, endedAt) > LATE_MS;
}

/** How late that was, in sentences, and what it says of the app. */
export function knownLate({ completedAt, endedAt }) {
  return [
    "The robot was done at ",
    moment(completedAt),
    ". That became known at ",
    moment(endedAt),
    `, ${durationText(span(completedAt, endedAt))} later: `,
    "no callback of Dataverse told it in time. Where many runs say so, callbacks do not arrive.",
  ];
}

/** Why it waits, and until when; nothing where it does not. */
export function waiting(run) {
  const wait = run.waitingFor;
  if (!wait) return [];
  const parts = [sentence(wait.message)];
  if (typeof run.place === "number") parts.push(` ${placeText(run)}`);
  if (run.expectedSubmissionAt) {
    parts.push(" Its turn should come at ", ...until(run.expectedSubmissionAt), ".");
  } else if (wait.until) {
    parts.push(" ", lookText(wait.code), ...until(wait.until), ".");
  } else {
    parts.push(" ", noTime(wait.code));
  }
  return parts;
}

function placeText(run) {
  const before = run.place.toLocaleString("en");
  if (!run.placeIsExact) return `More than ${before} go before it.`;
  return run.place === 0 ? "It is the next of its lane." : `${before} go before it in its lane.`;
}

/** Of some waits the time is when somebody looks again, not when they are over. */
function lookText(code) {
  const looks = ["AwaitsConfirmation", "AwaitsMachine", "Cancelling", "Overdue"];
  return looks.includes(code) ? "The next look is at " : "That should be over at ";
}

function noTime(code) {
  if (code === "AwaitsTurn") return "";
  if (code === "AwaitsOperator" || code === "Overdue") return "It waits until somebody decides.";
  if (code === "LanePaused") return "It waits until somebody resumes the lane.";
  return "Nobody can tell until when.";
}
