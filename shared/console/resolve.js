// An operator's decision about a run, asked once: adopt a session, submit again, or give it up.

import { sending, theRun } from "./acts.js";
import { get } from "./api.js";
import { ask, field, named, nameField, nameOf } from "./dialog.js";
import { h } from "./dom.js";
import { refreshAll } from "./live.js";
import { noteAsked } from "./notices.js";
import { href } from "./router.js";
import { becameText, isFinal, shortId } from "./words.js";

/** Of what may have a robot work twice nobody is to decide by a slip of the hand. */
const TYPED = "submit again";

const reasonField = (form, edit, hint) =>
  field(
    "Reason",
    h("input", { type: "text", maxlength: 500, value: form.reason, oninput: edit("reason") }),
    hint,
  );

const resolve = (run, form, decision) => {
  const reason = form.reason.trim();
  const body = { ...decision, decidedBy: nameOf(form), ...(reason ? { reason } : {}) };
  return sending("POST", `runs/${run.runId}/resolve`, { body });
};

export function adopt(run, name, { flowSessionId }) {
  return decide(run, {
    title: "Adopt this session as the run’s?",
    body: () => [
      theRun(run, name),
      h(
        "p",
        null,
        "It follows the session ",
        h("code", null, flowSessionId),
        " from now on, and ends as that ends. Nothing is submitted.",
      ),
    ],
    act: "Adopt the session",
    send: (form) => resolve(run, form, { action: "adopt", flowSessionId }),
    said: "Adoption",
  });
}

export function giveUp(run, name) {
  return decide(run, {
    title: "Give this run up?",
    body: () => [
      theRun(run, name),
      h(
        "p",
        null,
        "It ends as Failed. Nothing is submitted, and whoever is told of its end is told that.",
      ),
    ],
    act: "Give the run up",
    tone: "bad",
    send: (form) => resolve(run, form, { action: "fail" }),
    said: "Giving up",
  });
}

export function submitAgain(run, name) {
  return decide(run, {
    title: "Submit this run again?",
    form: { typed: "", force: false, forceable: false },
    body: (form) => [
      theRun(run, name),
      h(
        "p",
        null,
        h("strong", null, "The robot may have worked already: then it works twice. "),
        "Dataverse is asked first, and nothing is sent if it has a session that may be this run’s.",
      ),
      form.sessions?.length > 0 &&
        h(
          "ul",
          null,
          form.sessions.map((each) => h("li", null, h("code", null, each.flowSessionId))),
        ),
    ],
    more: (form, edit) => [
      field(
        `Type “${TYPED}”`,
        h("input", {
          type: "text",
          autocomplete: "off",
          spellcheck: "false",
          value: form.typed,
          oninput: edit("typed"),
        }),
      ),
      form.forceable &&
        h(
          "label",
          { key: "force", class: "check" },
          h("input", { type: "checkbox", checked: form.force, onchange: edit("force") }),
          "Submit whatever Dataverse has; the reason tells how I know that no robot works for it",
        ),
    ],
    ready: (form) =>
      form.typed.trim().toLowerCase() === TYPED && (!form.force || form.reason.trim()),
    act: "Submit the run again",
    tone: "bad",
    send: (form) =>
      resolve(run, form, { action: "resubmit", ...(form.force ? { force: true } : {}) }),
    failed(error, form) {
      form.forceable = ["SessionsFound", "StillConfirming"].includes(error.code);
      form.sessions = error.candidates;
    },
    said: "Another submission",
  });
}

async function decide(run, { said, more = () => [], form = {}, ready = () => true, ...question }) {
  const done = await ask({
    ...question,
    form: { reason: "", ...named(), ...form },
    fields: (filled, edit) => [
      reasonField(filled, edit, "Kept on the run."),
      nameField(filled, edit),
      more(filled, edit),
    ],
    ready: (filled) => Boolean(filled.decidedBy.trim() && ready(filled)),
  });
  if (!done) return;
  noteAsked(`${said} of run ${shortId(run.runId)} asked.`, {
    link: href(["runs", run.runId]),
    outcome: async (signal) => outcome(await get(`runs/${run.runId}`, { signal })),
  });
  refreshAll();
}

function outcome(run) {
  if (!isFinal(run) && (run.needsOperator || run.status === "Unconfirmed")) return null;
  return becameText(run);
}
