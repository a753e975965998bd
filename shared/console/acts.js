// What an operator can do to a run, each asked once by what exactly will be done.

import { learnAccess } from "./access.js";
import { get, send } from "./api.js";
import { ask } from "./dialog.js";
import { h } from "./dom.js";
import { exactly } from "./facts.js";
import { refreshAll } from "./live.js";
import { noteAsked } from "./notices.js";
import { href } from "./router.js";
import { isGivenUp, isTelling, toldOf } from "./told.js";
import { becameText, isFinal, shortId, stateOf } from "./words.js";

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

export async function tellAgain(run, name) {
  const away = toldOf(run).filter(({ status }) => status === "GivenUp");
  const done = await ask({
    title: "Tell the end of this run again?",
    body: () => [
      theRun(run, name),
      h(
        "p",
        null,
        "Its end is POSTed again to ",
        away.map(({ at }, index) => [index > 0 && " and ", h("code", null, at ?? "")]),
        ". The run stays as it is; whoever has heard of it knows the repeat by its id.",
      ),
    ],
    act: "Tell it again",
    send: () => sending("POST", `runs/${run.runId}/notification/retry`),
  });
  if (!done) return;
  noteAsked(`Telling of the end of run ${shortId(run.runId)} again asked.`, {
    link: href(["runs", run.runId]),
    outcome: async (signal) => cameOf(await get(`runs/${run.runId}`, { signal })),
  });
  refreshAll();
}

function cameOf(run) {
  if (isTelling(run)) return null;
  return isGivenUp(run) ? "It was given up again." : "It has been taken.";
}
