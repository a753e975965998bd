// Messages that no run came of: rejected for what they ask, or given up by the host; with a way out.

import { mayAct } from "./access.js";
import { sending } from "./acts.js";
import { ApiError, get } from "./api.js";
import { attention } from "./attention.js";
import { ask, problem } from "./dialog.js";
import { h } from "./dom.js";
import { refreshAll, watch } from "./live.js";
import { noteAsked } from "./notices.js";
import { href } from "./router.js";
import { age, moment } from "./time.js";
import { many } from "./words.js";

const REJECTED = "rejected";
/** The app looks at so many of a queue. */
const PEEKED = 32;

export function openMessages(place) {
  const named = place.parts[1];
  let read = null;
  let absent = false;
  let refused = null;
  const queue = () => named ?? queues()[0]?.queue ?? REJECTED;
  const asking = watch(
    async (signal) => {
      try {
        read = (await get(`messages/${encodeURIComponent(queue())}`, { signal })).value;
        absent = false;
      } catch (error) {
        if (!(error instanceof ApiError) || error.status !== 404 || error.code) throw error;
        absent = true; // an app that has no such call yet
      }
      refused = null;
      return false;
    },
    { refused: (error) => (refused = error) },
  );
  return {
    title: () => "Messages",
    draw: () => drawMessages(queue(), read, absent, refused),
    close: () => asking.stop(),
  };
}

/** Queues with something on them, and the one for what is rejected. */
function queues() {
  const told = (attention()?.messages ?? []).filter((each) => each.count > 0);
  const rejected = { queue: REJECTED, kind: "Rejected", count: 0 };
  return told.some((each) => each.queue === REJECTED) ? told : [rejected, ...told];
}

function drawMessages(queue, read, absent, refused) {
  return [
    h("div", { class: "view-head" }, h("h1", { tabindex: -1 }, "Messages"), h("p", { class: "sums" }, "Messages that no run came of. They stay until somebody sends them again or removes them.")),
    drawQueues(queue),
    refused && problem(refused),
    absent && h("p", { class: "empty" }, "This app does not show messages. They are on its storage queues."),
    !absent && !refused && drawList(queue, read),
  ];
}

function drawQueues(chosen) {
  const listed = queues();
  if (!listed.some((each) => each.queue === chosen)) listed.push({ queue: chosen, count: 0 });
  return h(
    "nav",
    { class: "segments", "aria-label": "Queues" },
    listed.map(({ queue, count }) =>
      h("a", { key: queue, href: href(["messages", queue]), "aria-current": queue === chosen ? "page" : null }, queue, count > 0 && h("span", { class: "count" }, ` ${count}`)),
    ),
  );
}

function drawList(queue, messages) {
  if (!messages) return h("p", { class: "soft empty" }, "Reading the messages …");
  if (!messages.length) return h("p", { class: "empty" }, h("strong", null, "No message is on this queue."));
  return [
    h("p", { class: "soft" }, many(messages.length, "message"), messages.length >= PEEKED ? ", and perhaps more behind them." : "."),
    h("ul", { class: "plain-list messages" }, messages.map((message) => drawMessage(queue, message))),
  ];
}

function drawMessage(queue, message) {
  const { id, insertedAt, dequeueCount, text } = message;
  return h(
    "li",
    { key: id, class: "card" },
    h("h2", null, h("code", null, id)),
    h(
      "p",
      { class: "soft" },
      insertedAt ? ["On the queue for ", age(insertedAt), ", since ", moment(insertedAt), ". "] : "",
      typeof dequeueCount === "number" ? `Taken ${many(dequeueCount, "time")}.` : "",
    ),
    drawReasons(message),
    text && h("details", null, h("summary", null, "What it asks for"), h("pre", { tabindex: 0 }, typeof text === "string" ? text : JSON.stringify(text, null, 2))),
    mayAct() &&
      h(
        "div",
        { class: "view-acts" },
        h("button", { type: "button", class: "plain", "aria-label": `Send again message ${id}`, onclick: () => sendAgain(queue, message) }, "Send again …"),
        h("button", { type: "button", class: "plain tone-bad", "aria-label": `Remove message ${id}`, onclick: () => remove(queue, message) }, "Remove …"),
      ),
  );
}

/** Why it was refused: a list of faults, or a sentence. */
function drawReasons({ reasons, reason }) {
  const told = reasons ?? (reason ? [reason].flat() : []);
  if (!told.length) return null;
  return h("ul", { class: "reasons-list" }, told.map((each) => h("li", null, typeof each === "string" ? each : [each.message, each.code && h("code", null, ` ${each.code}`)])));
}

const exactly = (queue, { id }) =>
  h("dl", { class: "exactly" }, h("dt", null, "Message"), h("dd", null, h("code", null, id)), h("dt", null, "Queue"), h("dd", null, queue));

const path = (queue, { id }) => `messages/${encodeURIComponent(queue)}/${encodeURIComponent(id)}`;

function sendAgain(queue, message) {
  return act(queue, {
    title: "Send this message again?",
    body: () => [exactly(queue, message), h("p", null, "It goes back to the queue that it came from, as it was. Its key makes it one run however often it is sent; what was wrong with it is wrong again unless it was mended.")],
    act: "Send the message again",
    send: () => sending("POST", `${path(queue, message)}/resend`),
    said: `Message ${message.id} was sent again.`,
  });
}

function remove(queue, message) {
  return act(queue, {
    title: "Remove this message?",
    body: () => [exactly(queue, message), h("p", null, "It is gone then, and no run comes of it.")],
    act: "Remove the message",
    tone: "bad",
    send: () => sending("DELETE", path(queue, message)),
    said: `Message ${message.id} was removed.`,
  });
}

async function act(queue, { said, ...question }) {
  if (!(await ask(question))) return;
  noteAsked(said, { link: href(["messages", queue]) });
  refreshAll();
}
