// What an operator can do to a run or a lane, each asked once by what exactly will be done.

import { learnAccess } from "./access.js";
import { get, send } from "./api.js";
import { ask, field, named, nameField, nameOf } from "./dialog.js";
import { h } from "./dom.js";
import { exactly } from "./facts.js";
import { pauseText } from "./lanes.js";
import { refreshAll } from "./live.js";
import { noteAsked } from "./notices.js";
import { href } from "./router.js";
import { moment, now } from "./time.js";
import { becameText, isFinal, many, shortId, stateOf } from "./words.js";

/** Do what was asked, and learn from a refusal that this key may only read. */
export async function sending(method, path, options) {
  try {
    return await send(method, path, options);
  } catch (error) {
    if (error.status === 403 && error.code === "ReadOnly") learnAccess("ReadOnly");
    throw error;
  }
}

/** The run that will be acted on; `name`: its desktop flow's. */
export const theRun = (run, name) =>
  exactly(
    ["Run", h("code", null, run.runId)],
    ["Desktop flow", name],
    ["Connection", run.connectionName],
    run.correlationId && ["Correlation id", run.correlationId],
    ["State", stateOf(run.status).word],
  );

const CANCELLING = {
  Queued: "It has not been submitted: it ends as Cancelled at once, and no robot starts.",
  Running:
    "Dataverse is asked to cancel its flow session, and decides how that ends. The robot may have" +
    " done a part of its work.",
};
const REMEMBERED =
  "It has been sent to Dataverse. The cancellation is remembered, and carried out as soon as its" +
  " flow session is known. Until then the robot may work.";

export async function cancelRun(run, name) {
  const done = await ask({
    title: "Cancel this run?",
    body: () => [theRun(run, name), h("p", null, CANCELLING[run.status] ?? REMEMBERED)],
    act: "Cancel the run",
    tone: "bad",
    send: () => sending("POST", `runs/${run.runId}/cancel`),
  });
  if (!done) return;
  noteAsked(`Cancellation of run ${shortId(run.runId)} asked.`, {
    link: href(["runs", run.runId]),
    outcome: async (signal) => endOf(await get(`runs/${run.runId}`, { signal })),
  });
  refreshAll();
}

const endOf = (run) => (isFinal(run) ? becameText(run) : null);

const HOUR = 3_600_000;
const PAUSES = [
  ["", "until somebody resumes it"],
  [HOUR / 4, "for 15 minutes"],
  [HOUR, "for 1 hour"],
  [4 * HOUR, "for 4 hours"],
  [12 * HOUR, "for 12 hours"],
  [48 * HOUR, "for 2 days"],
];

export async function pauseLane(lane) {
  const form = { reason: "", length: "", ...named() };
  const done = await ask({
    title: `Pause ${lane.connectionName}?`,
    form,
    body: () => [
      h(
        "p",
        null,
        `Its backlog (${many(lane.backlog, "run")}) waits. Starts are accepted as ever, and `,
        `what was submitted (${many(lane.activeFlowSessions, "session")}) goes on.`,
      ),
    ],
    fields: (filled, edit) => [
      field(
        "Reason",
        h("input", {
          type: "text",
          maxlength: 400,
          required: true,
          value: filled.reason,
          oninput: edit("reason"),
        }),
        "Told to everybody whose run waits.",
      ),
      field(
        "How long",
        h(
          "select",
          { value: String(filled.length), onchange: edit("length") },
          PAUSES.map(([value, text]) => h("option", { value }, text)),
        ),
      ),
      nameField(filled, edit),
    ],
    ready: (filled) => filled.reason.trim() && filled.decidedBy.trim(),
    act: "Pause the lane",
    tone: "warn",
    send: (filled) => {
      const body = { reason: filled.reason.trim(), decidedBy: nameOf(filled) };
      if (filled.length) body.until = new Date(now() + Number(filled.length)).toISOString();
      return sending("POST", `lanes/${lane.laneId}/pause`, { body });
    },
  });
  if (done) laneNoted(`Pause of ${lane.connectionName} asked.`, done.body);
}

export async function resumeLane(lane) {
  const done = await ask({
    title: `Resume ${lane.connectionName}?`,
    body: () => [
      h("p", null, "It waits because of: ", h("q", null, pauseText(lane))),
      lane.pauseReason.since && h("p", null, "Since ", moment(lane.pauseReason.since), "."),
      h("p", null, resuming(lane)),
    ],
    act: "Resume the lane",
    send: () => sending("POST", `lanes/${lane.laneId}/resume`),
  });
  if (done) laneNoted(`Resumption of ${lane.connectionName} asked.`, done.body);
}

function resuming(lane) {
  if (!lane.backlog) return "No run waits in its backlog.";
  const first = Math.min(lane.backlog, lane.window.free);
  if (first === lane.backlog)
    return `${many(first, "run")} of its backlog can be submitted at once.`;
  const these = first
    ? `${first.toLocaleString("en")} can be submitted at once, the others`
    : "they go on";
  return `Of ${many(lane.backlog, "run")} in its backlog ${these} as slots free.`;
}

function laneNoted(asked, lane) {
  const paused = lane.pauseReason !== null;
  noteAsked(asked, {
    link: href(["lanes", lane.laneId]),
    outcome: async () => (paused ? "The lane is paused." : "The lane goes on."),
  });
  refreshAll();
}

export async function retryNotification(run, name) {
  const done = await ask({
    title: "Tell the end of this run again?",
    body: () => [
      theRun(run, name),
      h(
        "p",
        null,
        "Its end is POSTed to ",
        h("code", null, run.notifyUrl ?? ""),
        " again. The run stays as it is; a receiver that has heard of it knows the repeat by its id.",
      ),
    ],
    act: "Tell it again",
    send: () => sending("POST", `runs/${run.runId}/notification/retry`),
  });
  if (!done) return;
  noteAsked(`Another notification of run ${shortId(run.runId)} asked.`, {
    link: href(["runs", run.runId]),
    outcome: async (signal) => toldOf(await get(`runs/${run.runId}`, { signal })),
  });
  refreshAll();
}

function toldOf({ notification }) {
  if (notification?.status === "Delivered") return "The receiver has taken it.";
  if (notification?.status === "GivenUp") return "It was given up again.";
  return null;
}
