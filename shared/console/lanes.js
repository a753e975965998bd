// The lanes as they were read last, for every view that names one.

import { get } from "./api.js";
import { redraw } from "./draw.js";
import { age } from "./time.js";

const AGAIN_MS = 60_000;
let lanes = null;
let asked = -AGAIN_MS;

export const knownLanes = () => lanes;

/** Read all lanes. */
export async function readLanes(signal) {
  asked = performance.now();
  const body = await get("lanes", { signal });
  lanes = body.value;
  return lanes;
}

/** Have the lanes known, for their names and pauses, without asking again and again. */
export function needLanes() {
  if (performance.now() - asked < AGAIN_MS) return;
  readLanes().then(redraw, () => {}); // a name is a help, and can be typed
}

/** Whether something of a lane changes by itself. */
export function laneMoves(lane) {
  return lane.backlog > 0 || lane.activeFlowSessions > 0 || lane.window.inFlight > 0;
}

/** A count, and that there are more where counting stopped. */
export function countText(lane, name) {
  return `${lane[name].toLocaleString("en")}${lane.atLeast.includes(name) ? "+" : ""}`;
}

/** How long the first of the backlog has waited. */
export function oldest(lane) {
  return lane.oldestQueuedAt && lane.backlog > 0 ? age(lane.oldestQueuedAt) : null;
}

/** Why a lane is paused. */
export const pauseText = ({ pauseReason }) => pauseReason.message || pauseReason.code;

/** A pause that an operator made is ended by one; others end by themselves. */
export const pausedByHand = (lane) => lane.pauseReason?.code === "LanePaused";
