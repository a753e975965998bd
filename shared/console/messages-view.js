// Messages that no run came of: rejected, or given up by the host; each with its way out.

import { actButton } from "./act-button.js";
import { sending } from "./acts.js";
import { get } from "./api.js";
import { attention } from "./attention.js";
import { ask, problem } from "./dialog.js";
import { h } from "./dom.js";
import { exactly, fact, factList } from "./facts.js";
import { refreshAll, watch } from "./live.js";
import { queues, queueTitle, REJECTED } from "./messages.js";
import { noteAsked } from "./notices.js";
import { href } from "./router.js";
import { age, moment, until } from "./time.js";
import { laneOf, many, sentence } from "./words.js";

export function openMessages(place) {
  const listed = () => queues(attention()?.messages);
  const queue = place.parts[1] ?? listed().find((each) => each.count > 0)?.queue ?? REJECTED;
  const own = { queue, page: null, refused: null };
  const asking = watch(
    async (signal) => {
      own.page = await get(`messages/${encodeURIComponent(queue)}`, { signal });
      own.refused = null;
      return false;
    },
    { refused: (error) => (own.refused = error) },
  );
  return {
    title: () => "Messages",
    draw: () => drawMessages(own, listed()),
    close: () => asking.stop(),
    parent: href("lanes"),
  };
}

function drawMessages({ queue, page, refused }, listed) {
  const about = "Messages that no run came of. They stay until somebody decides, or they expire.";
  const head = [h("h1", { tabindex: -1 }, "Messages"), h("p", { class: "sums" }, about)];
  return [
    h("div", { class: "view-head" }, head),
    drawQueues(queue, listed),
    refused ? problem(refused) : drawList(queue, page),
  ];
}

function drawQueues(chosen, listed) {
  return h(
    "nav",
    { class: "segments", "aria-label": "Queues" },
    listed.map(({ queue, count }) => {
      const current = queue === chosen ? "page" : null;
      const told = count > 0 && h("span", { class: "count" }, ` ${count}`);
      const address = href(["messages", queue]);
      return h(
        "a",
        { key: queue, href: address, "aria-current": current },
        queueTitle(queue),
        told,
      );
    }),
  );
}

function drawList(queue, page) {
  if (!page) return h("p", { class: "soft empty" }, "Reading the messages …");
  const messages = page.value;
  if (!messages.length) return h("p", { class: "empty" }, h("strong", null, "It has no message."));
  return [
    h("p", { class: "soft" }, many(messages.length, "message"), page.more ? ", and more." : "."),
    h(
      "ul",
      { class: "plain-list messages" },
      messages.map((message) => drawMessage(queue, message)),
    ),
  ];
}

function drawMessage(queue, message) {
  const { messageId, insertedAt, expiresAt, reasons, hindrance } = message;
  return h(
    "li",
    { key: messageId, class: "card" },
    h("h2", null, "Message ", h("code", null, messageId)),
    h(
      "p",
      { class: "soft" },
      ...["It is there for ", age(insertedAt), ", since ", moment(insertedAt), ". "],
      ...["It expires at ", ...until(expiresAt), "."],
    ),
    reasons.length > 0 && [
      h("h3", null, "Why it was rejected"),
      h(
        "ul",
        { class: "causes" },
        reasons.map((each) => h("li", null, each.message, h("code", null, ` ${each.code}`))),
      ),
    ],
    drawAsked(message),
    hindrance && h("p", null, h("strong", null, "It cannot be sent again: "), sentence(hindrance)),
    drawWays(queue, message),
  );
}

const LABELS = {
  workflowId: "Desktop flow",
  connectionName: "Connection",
  runMode: "Mode",
  correlationId: "Correlation id",
  idempotencyKey: "Key",
  laneId: "Lane",
  runId: "Run",
};

/** What it asks for, as far as that is told: inputs may be secret. */
function drawAsked({ asksFor }) {
  const told = Object.entries(asksFor).filter(([, value]) => value !== null);
  if (!told.length) return null;
  return factList(told.map(([name, value]) => fact(LABELS[name] ?? name, linked(name, value))));
}

function linked(name, value) {
  if (name === "idempotencyKey") return h("a", { href: href("runs", { q: value }) }, value);
  if (name === "laneId") return h("a", { href: href(["lanes", value]) }, value);
  if (name === "runId") {
    return [
      h("a", { href: href(["runs", value]) }, value),
      " on ",
      h("a", { href: href(["lanes", laneOf(value)]) }, "its lane"),
    ];
  }
  return value;
}

function drawWays(queue, message) {
  const { messageId, resendable } = message;
  const way = (text, press, tone = "") => {
    const label = `${text} message ${messageId}`;
    return actButton(`${text} …`, () => press(queue, message), { tone, label });
  };
  return h(
    "div",
    { class: "view-acts" },
    resendable && way("Send again", sendAgain),
    way("Remove", remove, "bad"),
  );
}

const theMessage = (queue, { messageId }) =>
  exactly(["Message", h("code", null, messageId)], ["Queue", queueTitle(queue)]);

const pathOf = (queue, { messageId }) =>
  `messages/${encodeURIComponent(queue)}/${encodeURIComponent(messageId)}`;

function sendAgain(queue, message) {
  const consequence =
    "It goes back to the queue that it came from, as it was, and is one run however often it is" +
    " sent. What was wrong with it is wrong again, unless what it names was mended.";
  return act(queue, {
    title: "Send this message again?",
    body: () => [theMessage(queue, message), h("p", null, consequence)],
    act: "Send the message again",
    send: () => sending("POST", `${pathOf(queue, message)}/resend`),
    said: `Message ${message.messageId} was sent again.`,
  });
}

function remove(queue, message) {
  const consequence = "It is gone then, and no run comes of it.";
  return act(queue, {
    title: "Remove this message?",
    body: () => [theMessage(queue, message), h("p", null, consequence)],
    act: "Remove the message",
    tone: "bad",
    send: () => sending("DELETE", pathOf(queue, message)),
    said: `Message ${message.messageId} was removed.`,
  });
}

async function act(queue, { said, ...question }) {
  if (!(await ask(question))) return;
  noteAsked(said, { link: href(["messages", queue]) });
  refreshAll();
}
