// What views of lanes share: what a lane does, how much of something is used, and what can be done.

import { actButton } from "./act-button.js";
import { h } from "./dom.js";
import { pauseLane, resumeLane } from "./lane-acts.js";
import { pausedByHand, pauseText } from "./lanes.js";
import { shape } from "./shapes.js";
import { age, now, until } from "./time.js";
import { many, sentence } from "./words.js";

/** Lanes are looked at in turn where there are many: counts may be a minute old. */
const OLD_MS = 10_000;

/** A bar for an amount of what is allowed. */
export function meter(value, most, label) {
  const share = Math.min(1, value / Math.max(1, most));
  return h(
    "svg",
    {
      class: "meter",
      viewBox: "0 0 60 8",
      role: "img",
      "aria-label": label,
      preserveAspectRatio: "none",
    },
    h("rect", { class: "meter-all", width: 60, height: 8, rx: 2 }),
    h("rect", {
      class: share > 0.9 ? "meter-used much" : "meter-used",
      width: (60 * share).toFixed(1),
      height: 8,
      rx: 2,
    }),
  );
}

/** How many submissions of the last minute there were, of those that are allowed. */
export function drawRate({ submittedLastMinute: used, limit }) {
  return [`${used} / ${limit} `, meter(used, limit, `${many(used, "start")} of ${limit} allowed`)];
}

/** Why a lane is paused, and until when. */
export function whyPaused(lane) {
  const { pausedUntil } = lane;
  const end = pausedUntil ? [" Until ", ...until(pausedUntil), "."] : " Until somebody resumes it.";
  return [sentence(pauseText(lane)), end];
}

/** What a lane does now, in a few words. */
export function laneState(lane) {
  if (lane.pauseReason) {
    return [
      h("span", { class: "state tone-warn" }, shape("pause"), h("span", null, "Paused")),
      h("span", { class: "sub" }, whyPaused(lane)),
    ];
  }
  const full = lane.backlog > 0 && lane.slotsFree === 0;
  const [word, name, tone] = full
    ? ["Full", "clock", "quiet"]
    : lane.backlog > 0
      ? ["Submitting", "arrow", "run"]
      : lane.activeFlowSessions > 0
        ? ["Working", "play", "run"]
        : ["Idle", "ring", "quiet"];
  return [
    h("span", { class: `state tone-${tone}` }, shape(name), h("span", null, word)),
    full && lane.nextSlotAt && h("span", { class: "sub" }, "next slot ", ...until(lane.nextSlotAt)),
  ];
}

/** Say how old the counts of a lane are, where that is more than the page itself is. */
export function laneAge({ asOf }) {
  const old = asOf && now() - Date.parse(asOf) > OLD_MS;
  return old ? h("span", { class: "sub" }, "seen ", age(asOf), " ago") : null;
}

/** Pause, or resume what an operator has paused. */
export function laneAct(lane) {
  const paused = pausedByHand(lane);
  const what = paused ? "Resume" : "Pause";
  const act = () => (paused ? resumeLane(lane) : pauseLane(lane));
  return actButton(`${what} …`, act, { label: `${what} ${lane.connectionName}` });
}
