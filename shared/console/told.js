// Who is told of the end of a run: the receiver that its start named, and engines that wait for it.

import { isFinal } from "./words.js";

/** Everybody who is told: the receiver that the start named, and engines that wait. */
export function toldOf(run) {
  const { notification, notifyUrl, waiters = [] } = run;
  const receiver = { status: "Waiting", ...notification, who: "The receiver", at: notifyUrl };
  const engines = waiters.map((each) => ({ ...each, who: "The engine", at: each.host }));
  return notification || notifyUrl ? [receiver, ...engines] : engines;
}

/** Whether somebody is to be told still, so that a run that has ended is worth another look. */
export const isTelling = (run) =>
  isFinal(run) && toldOf(run).some(({ status }) => status === "Pending");

/** Whether nobody tries any more to tell somebody. */
export const isGivenUp = (run) => toldOf(run).some(({ status }) => status === "GivenUp");
