// Who is told of the end of a run, how that stands, and the way to tell it again.

import { actButton } from "./act-button.js";
import { tellAgain } from "./acts.js";
import { h } from "./dom.js";
import { shape } from "./shapes.js";
import { moment, until } from "./time.js";
import { isGivenUp, toldOf } from "./told.js";
import { many } from "./words.js";

/** Each status by its shape, tone and word, and what it says of somebody. */
const STATUSES = {
  Waiting: ["ring", "quiet", "Later", "is told when the run has ended."],
  Pending: ["clock", "run", "Pending", "is not told yet."],
  Delivered: ["check", "good", "Told", "has taken it."],
  GivenUp: ["cross", "bad", "Given up", "never took it; no more tries are made."],
  Left: ["slash", "quiet", "Left", "waits no more, and was not told."],
};

export function drawDelivery(run, name) {
  const told = toldOf(run);
  if (!told.length) return null;
  return h(
    "section",
    { key: "told", class: "card", "aria-labelledby": "told-title" },
    h("h2", { id: "told-title" }, "Telling of its end"),
    h("ul", { class: "plain-list told" }, told.map(drawOne)),
    isGivenUp(run) && actButton("Tell it again …", () => tellAgain(run, name)),
  );
}

function drawOne({ status, who, at, error, attempts = 0, ...times }, index) {
  const [form, tone, word, says] = STATUSES[status] ?? ["ring", "quiet", status, "is told."];
  const when = times.deliveredAt ?? times.givenUpAt;
  return h(
    "li",
    { key: `${index} ${at}` },
    h("span", { class: `state tone-${tone}` }, shape(form), h("span", null, word)),
    h(
      "div",
      null,
      h(
        "p",
        null,
        `${who} at `,
        h("code", null, at ?? "an address that cannot be read"),
        ` ${says}`,
        when ? [" At ", moment(when), "."] : "",
      ),
      attempts > 0 &&
        h(
          "p",
          { class: "soft" },
          `${many(attempts, "try", "tries")} so far.`,
          times.nextAttemptAt ? [" The next is at ", ...until(times.nextAttemptAt), "."] : "",
          error ? ` The last failed: ${error}.` : "",
        ),
    ),
  );
}
