// A run's life: each stretch with how long it took and why, as a picture and as a list.

import { h } from "./dom.js";
import { shape } from "./shapes.js";
import { age, durationText, moment, now } from "./time.js";
import { isFinal, stateOf } from "./words.js";

const WIDTH = 1000;
/** What is too short to be seen is shown all the same, this wide. */
const LEAST = 6;
const MACHINE = { word: "Waiting for a machine", shape: "ring", tone: "quiet" };

/** Tell the stretches of a run's life, the first first: what, from, to (null: still), why. */
export function stretchesOf(run) {
  const told = run.history?.length ? run.history : fromTimes(run);
  const parts = told.flatMap((each) => withMachine(each, run));
  const last = parts.at(-1);
  if (last && !last.to && !last.end && !last.reason) last.reason = run.waitingFor ?? null;
  return parts;
}

function withMachine({ status, from, to, reason }, run) {
  const state = stateOf(status);
  if (!state.moves) return [{ ...state, from, to: null, reason, end: true }];
  const stretch = { ...state, from, to, reason };
  if (status !== "Running") return [stretch];
  const began = run.startedAt;
  if (!began) return [{ ...MACHINE, from, to, reason }];
  const [first, last, at] = [from, to ?? new Date(now()).toISOString(), began].map(Date.parse);
  if (at > last || at <= first) return [stretch];
  return [
    { ...MACHINE, from, to: began, reason },
    { ...state, from: began, to, reason: null },
  ];
}

/** What the times of a run tell, where the app keeps no history. */
function fromTimes(run) {
  const { createdAt, submittedAt, endedAt, status } = run;
  const reason = null;
  const ended = isFinal(run);
  const first = ended || submittedAt ? "Queued" : status;
  const parts = [{ status: first, from: createdAt, to: submittedAt ?? endedAt, reason }];
  if (submittedAt)
    parts.push({
      status: ended ? "Running" : status,
      from: submittedAt,
      to: run.completedAt ?? endedAt,
      reason,
    });
  if (ended) parts.push({ status, from: endedAt ?? run.changedAt, to: null, reason: run.error });
  return parts;
}

const length = ({ from, to }) => Math.max(0, (to ? Date.parse(to) : now()) - Date.parse(from));

export function drawTimeline(run) {
  const stretches = stretchesOf(run);
  return h(
    "section",
    { class: "card", "aria-labelledby": "life-title" },
    h("h2", { id: "life-title" }, "Its life"),
    drawBar(stretches.filter((each) => !each.end)),
    h("ol", { class: "timeline" }, stretches.map(drawStretch)),
  );
}

function drawBar(stretches) {
  const whole = stretches.reduce((sum, each) => sum + length(each), 0) || 1;
  let x = 0;
  const bars = stretches.map((each, index) => {
    const width = Math.max(LEAST, (length(each) / whole) * (WIDTH - LEAST * stretches.length));
    const bar = h(
      "rect",
      {
        key: index,
        class: `bar tone-${each.tone}`,
        x: x.toFixed(1),
        y: 0,
        width: Math.max(1, width - 2).toFixed(1),
        height: 10,
        rx: 1,
      },
      h("title", null, `${each.word}: ${durationText(length(each))}`),
    );
    x += width;
    return bar;
  });
  const label = stretches.map((each) => `${each.word} ${durationText(length(each))}`).join(", ");
  return h(
    "svg",
    {
      class: "life",
      viewBox: `0 0 ${Math.max(1, x).toFixed(1)} 10`,
      preserveAspectRatio: "none",
      role: "img",
      "aria-label": label,
    },
    bars,
  );
}

function drawStretch(stretch, index) {
  const { from, to, reason, end, tone, word } = stretch;
  return h(
    "li",
    { key: `${index} ${word}`, class: `tone-${tone}${to || end ? "" : " now"}` },
    shape(stretch.shape),
    h("span", { class: "what" }, word),
    h("span", { class: "when" }, moment(from)),
    h("span", { class: "long" }, end ? "" : to ? durationText(length(stretch)) : age(from)),
    reason?.message && h("span", { class: "why" }, reason.message),
  );
}
