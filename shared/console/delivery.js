// Whether the end of a run was told to its receiver, and the way to tell it again.

import { actButton } from "./act-button.js";
import { retryNotification } from "./acts.js";
import { h } from "./dom.js";
import { shape } from "./shapes.js";
import { moment, until } from "./time.js";
import { many } from "./words.js";

const WORDS = {
  Pending: ["clock", "run", "It is not told yet."],
  Delivered: ["check", "good", "The receiver has taken it."],
  GivenUp: ["cross", "bad", "It was given up: the receiver never took it."],
};

export function drawDelivery(run, name) {
  const { notification } = run;
  if (!notification && !run.notifyUrl) return null;
  const [form, tone, text] = WORDS[notification?.status] ?? [
    "ring",
    "quiet",
    "It is told when the run has ended.",
  ];
  const at = notification?.deliveredAt ?? notification?.givenUpAt;
  return h(
    "section",
    { key: "told", class: "card", "aria-labelledby": "told-title" },
    h("h2", { id: "told-title" }, "Telling of its end"),
    h(
      "p",
      null,
      h(
        "span",
        { class: `state tone-${tone}` },
        shape(form),
        h(
          "span",
          null,
          notification?.status === "GivenUp" ? "Given up" : (notification?.status ?? "Later"),
        ),
      ),
      " ",
      text,
      at ? [" At ", moment(at), "."] : "",
    ),
    run.notifyUrl && h("p", null, "To ", h("code", null, run.notifyUrl)),
    notification &&
      h(
        "p",
        null,
        `${many(notification.attempts, "try", "tries")} so far.`,
        notification.nextAttemptAt
          ? [" The next is at ", ...until(notification.nextAttemptAt), "."]
          : "",
      ),
    notification?.error && h("p", null, h("strong", null, "The last failed: "), notification.error),
    notification?.status === "GivenUp" &&
      actButton("Tell it again …", () => retryNotification(run, name)),
  );
}
