// What needs a person: asked for whatever view is open, and shown only when there is something.

import { guessAccess, learnAccess, readOnly } from "./access.js";
import { get } from "./api.js";
import { announce } from "./announce.js";
import { h } from "./dom.js";
import { redraw } from "./draw.js";
import { flowName } from "./flows.js";
import { laneAct, whyPaused } from "./lane-parts.js";
import { pausedByHand } from "./lanes.js";
import { watch } from "./live.js";
import { queueTitle } from "./messages.js";
import { href } from "./router.js";
import { shape } from "./shapes.js";
import { age, moment, now, until } from "./time.js";
import { many, sentence, shortId } from "./words.js";

const SHOWN = 5;
const SHORT_MS = 60_000;
/** So long the landing view waits for the first answer, whose rows would push its own down. */
const AWAITED_MS = 1_000;
let known = null;
let last = 0;
let awaited = false;

/** Begin to ask; what is told stays until the next answer. */
export function watchAttention() {
  known = null;
  last = 0;
  learnAccess(null);
  awaited = true;
  setTimeout(waitNoLonger, AWAITED_MS);
  return watch(read, { minor: true });
}

async function read(signal) {
  try {
    known = await get("attention", { signal });
    learnAccess(known.access);
  } catch (error) {
    if (error.status) guessAccess();
    throw error;
  } finally {
    awaited = false;
  }
  tellMore();
  return false;
}

function waitNoLonger() {
  if (!awaited) return;
  awaited = false;
  redraw();
}

export const attention = () => known;

/** Whether the first answer may still come in a moment. */
export const attentionAwaited = () => awaited;

function tellMore() {
  const number = needs().length;
  if (number > last) announce(`${many(number, "thing needs", "things need")} you.`);
  last = number;
}

/** How many kinds of things wait for somebody. */
export const needsCount = () => needs().length;

/** What needs somebody, the most urgent first: each with its sentence and its way out. */
function needs() {
  if (!known) return [];
  const runs = known.runsNeedingOperator;
  const givenUp = known.notificationsGivenUp;
  const stopped = known.pausedLanes.filter(lasts);
  return [
    known.hold && hold(known.hold),
    known.sweep.late && sweep(known.sweep),
    runs.value.length > 0 && undecided(runs),
    ...stopped.slice(0, SHOWN).map(paused),
    ...known.messages.filter((each) => each.count > 0).map(messages),
    givenUp.value.length > 0 && untold(givenUp),
    stopped.length > SHOWN && morePaused(stopped.length - SHOWN),
  ].filter(Boolean);
}

/** A lane that goes on by itself in a moment needs nobody. */
function lasts(lane) {
  const { pausedUntil } = lane;
  return pausedByHand(lane) || !pausedUntil || Date.parse(pausedUntil) > now() + SHORT_MS;
}

const isOne = ({ value, more }) => value.length === 1 && !more;
const amount = ({ value, more }) => `${value.length}${more ? " or more" : ""}`;

const runLink = (run) =>
  h("a", { href: href(["runs", run.runId]) }, `${flowName(run.workflowId)} ${shortId(run.runId)}`);

function list(runs, since) {
  return h(
    "ul",
    { class: "plain-list" },
    runs.value.slice(0, SHOWN).map((run) => h("li", { key: run.runId }, runLink(run), since(run))),
  );
}

function hold({ until: end, message, code }) {
  return need("hold", "pause", "warn", [
    h(
      "p",
      null,
      h("strong", null, "All lanes wait. "),
      sentence(message || code),
      " Until ",
      ...until(end),
      ".",
    ),
  ]);
}

function sweep({ lastAt }) {
  const when = lastAt
    ? ["The last was ", age(lastAt), " ago, at ", moment(lastAt), "."]
    : "None was seen yet.";
  return need("sweep", "clock", "bad", [
    h(
      "p",
      null,
      h("strong", null, "The sweep is late. "),
      when,
      " Ends that Dataverse never tells are found by it: look whether the app’s timers run.",
    ),
  ]);
}

function undecided(runs) {
  const one = isOne(runs);
  const waits = (run) => (run.needsOperatorSince ? [" for ", age(run.needsOperatorSince)] : "");
  return need(
    "runs",
    "alert",
    "warn",
    [
      h(
        "p",
        null,
        h("strong", null, `${amount(runs)} ${one ? "run waits" : "runs wait"} for a decision. `),
        `Nobody can tell whether Dataverse took ${one ? "it" : "them"}.`,
      ),
      list(runs, waits),
    ],
    h("a", { href: href("runs", { needsOperator: "true" }) }, readOnly() ? "Look" : "Decide"),
  );
}

function paused(lane) {
  return need(
    `lane ${lane.laneId}`,
    "pause",
    "warn",
    [
      h(
        "p",
        null,
        h("strong", null, `${lane.connectionName} is paused. `),
        whyPaused(lane),
        lane.backlog > 0 && ` ${many(lane.backlog, "run waits", "runs wait")}.`,
      ),
    ],
    [
      h("a", { href: href(["lanes", lane.laneId]) }, "Open lane"),
      pausedByHand(lane) && laneAct(lane),
    ],
  );
}

function morePaused(number) {
  return need(
    "more lanes",
    "pause",
    "warn",
    [h("p", null, `${many(number, "more lane is", "more lanes are")} paused.`)],
    h("a", { href: href("lanes", { show: "paused" }) }, "Show them"),
  );
}

function messages({ queue, kind, count }) {
  const rejected = kind === "Rejected";
  const told = rejected ? `${many(count, "message")} rejected` : `${queueTitle(queue)}: ${count}`;
  const way = h("a", { href: href(["messages", queue]) }, "Read");
  const why = rejected
    ? `What ${count === 1 ? "it asks" : "they ask"} for cannot be done.`
    : "Each try has failed.";
  const content = [h("p", null, h("strong", null, `${told}. `), why)];
  return need(`queue ${queue}`, "letter", "bad", content, way);
}

function untold(runs) {
  const one = isOne(runs);
  return need("untold", "bell", "warn", [
    h(
      "p",
      null,
      h("strong", null, `The end of ${amount(runs)} ${one ? "run" : "runs"} could not be told. `),
      one
        ? "Its receiver has not taken it; the run says why."
        : "Their receivers have not taken them; each run says why.",
    ),
    list(runs, () => ""),
  ]);
}

function need(key, name, tone, content, ways = null) {
  const out = ways && h("div", { class: "ways" }, ways);
  return h("li", { key, class: `need tone-${tone}` }, shape(name), h("div", null, content), out);
}

/** The strip: all of it on the landing view, a line elsewhere. */
export function drawAttention({ whole }) {
  const all = needs();
  if (!all.length) return null;
  if (!whole) {
    return h(
      "p",
      { key: "needs", class: "needs-line" },
      shape("alert"),
      h("a", { href: href("lanes") }, many(all.length, "thing needs you", "things need you")),
    );
  }
  return h(
    "section",
    { key: "needs", class: "needs", "aria-labelledby": "needs-title" },
    h("h2", { id: "needs-title" }, "Needs you"),
    h("ul", { class: "plain-list" }, all),
  );
}
