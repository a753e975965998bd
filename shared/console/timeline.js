// A run's life: each stretch with how long it took and why, as a picture and as a list.

import { h } from "./dom.js";
import { shape } from "./shapes.js";
import { age, durationText, moment, now } from "./time.js";
import { isFinal, stateOf } from "./words.js";

const WIDTH = 1000;
/** What is too short to be seen is shown all the same, this wide. */
const LEAST = 6;
/** Stretches further apart than this have others between them. */
const GAP_MS = 1_000;
const MACHINE = { word: "Waiting for a machine", shape: "ring", tone: "quiet" };

/** Tell the stretches of a run's life, the first first: what, from, to (null: still), why. */
export function stretchesOf(run) {
  const told = run.history?.length ? run.history : fromTimes(run);
  const parts = told.map(stretchOf);
  for (const [index, part] of parts.entries()) part.gap = isApart(parts[index - 1], part);
  const last = parts.at(-1);
  if (last && !last.to && !last.end) last.reason ??= run.waitingFor ?? null;
  return parts;
}

/** A session that waits for its machine is told as running; its reason says that it waits. */
function stretchOf({ status, from, to, reason }) {
  const state = stateOf(status);
  if (!state.moves) return { ...state, from, to: null, reason, end: true };
  const waits = status === "Running" && reason?.code === "AwaitsMachine";
  return { ...(waits ? MACHINE : state), from, to, reason };
}

/** Of a long life the middle is not kept. */
function isApart(before, after) {
  return Boolean(before?.to) && Date.parse(after.from) - Date.parse(before.to) > GAP_MS;
}

/** What the times of a run tell, where the app keeps no history. */
function fromTimes(run) {
  const { createdAt, submittedAt, startedAt, completedAt, endedAt, status } = run;
  const ended = isFinal(run);
  const [over, robot] = [completedAt ?? endedAt, ended ? "Running" : status];
  const stretch = (name, from, to, reason = null) => ({ status: name, from, to, reason });
  const first = ended || submittedAt ? "Queued" : status;
  const parts = [stretch(first, createdAt, submittedAt ?? endedAt)];
  if (submittedAt && !startedAt) parts.push(stretch(robot, submittedAt, over, run.waitingFor));
  if (startedAt) {
    parts.push(stretch("Running", submittedAt ?? createdAt, startedAt, { code: "AwaitsMachine" }));
    parts.push(stretch(robot, startedAt, over));
  }
  if (ended) parts.push(stretch(status, endedAt ?? run.changedAt, null, run.error));
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

/** A gateway answers with a page: its words say enough. */
const withoutTags = (text) => text.replace(/<[^<>]*>/g, " ").replace(/\s+/g, " ");

function drawStretch(stretch, index) {
  const { from, to, reason, end, tone, word } = stretch;
  return h(
    "li",
    { key: `${index} ${word}`, class: `tone-${tone}${to || end ? "" : " now"}` },
    shape(stretch.shape),
    h("span", { class: "what" }, word),
    h("span", { class: "when" }, moment(from)),
    h("span", { class: "long" }, end ? "" : to ? durationText(length(stretch)) : age(from)),
    reason?.message && h("span", { class: "why" }, withoutTags(reason.message)),
    stretch.gap && h("span", { class: "why" }, "What was between is not kept."),
  );
}
