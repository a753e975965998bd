// What an operator can do to a lane: pause it, for as long as it takes, and resume it.

import { sending } from "./acts.js";
import { ask, field, named, nameField, nameOf } from "./dialog.js";
import { h } from "./dom.js";
import { pauseText } from "./lanes.js";
import { refreshAll } from "./live.js";
import { noteAsked } from "./notices.js";
import { href } from "./router.js";
import { fieldText, moment, now, untilText, utcText, zoneText } from "./time.js";
import { many } from "./words.js";

const HOUR = 3_600_000;
const OWN = "own";
const PAUSES = [
  ["", "until somebody resumes it"],
  [HOUR / 4, "for 15 minutes"],
  [HOUR, "for 1 hour"],
  [4 * HOUR, "for 4 hours"],
  [12 * HOUR, "for 12 hours"],
  [48 * HOUR, "for 2 days"],
  [OWN, "until a time of your own"],
];

/** When a pause that is asked for ends, in ms; null: when somebody resumes it, NaN: nobody knows. */
function endOf({ length, end }) {
  if (length === OWN) return Date.parse(end);
  return length ? now() + Number(length) : null;
}

const isToCome = (at) => at === null || at > now();

/** Tomorrow morning, as a field for times has it: most pauses end with a night. */
function tomorrow() {
  const at = new Date(now());
  at.setDate(at.getDate() + 1);
  at.setHours(6, 0, 0, 0);
  return fieldText(at);
}

export async function pauseLane(lane) {
  const form = { reason: "", length: "", end: tomorrow(), ...named() };
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
      filled.length === OWN && h("div", { key: "end" }, endField(filled, edit)),
      nameField(filled, edit),
    ],
    ready: (filled) => filled.reason.trim() && filled.decidedBy.trim() && isToCome(endOf(filled)),
    act: "Pause the lane",
    tone: "warn",
    send: (filled) => {
      const body = { reason: filled.reason.trim(), decidedBy: nameOf(filled) };
      const at = endOf(filled);
      if (at !== null) body.until = new Date(at).toISOString();
      return sending("POST", `lanes/${lane.laneId}/pause`, { body });
    },
  });
  if (done) laneNoted(`Pause of ${lane.connectionName} asked.`, done.body);
}

function endField(filled, edit) {
  const at = endOf(filled);
  const input = h("input", {
    type: "datetime-local",
    required: true,
    min: fieldText(new Date(now())),
    value: filled.end,
    "aria-invalid": isToCome(at) ? null : "true",
    oninput: edit("end"),
  });
  const told = Number.isNaN(at)
    ? "A day and a time."
    : isToCome(at)
      ? `That is ${utcText(at)}, ${untilText(at)}.`
      : "That time is over.";
  return field(`Until, in ${zoneText()}`, input, told);
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
