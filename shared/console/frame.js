// What is around every view: where one can go, how old it is what is shown, and the keys.

import { readOnly } from "./access.js";
import { attention, drawAttention, needsCount } from "./attention.js";
import { h } from "./dom.js";
import { showKeys } from "./keyboard.js";
import { liveness, refreshAll, switchAuto } from "./live.js";
import { queues } from "./messages.js";
import { drawNotices } from "./notices.js";
import { href } from "./router.js";
import { clockText, utcText, zoneText } from "./time.js";

const VIEWS = [
  ["lanes", "Lanes"],
  ["runs", "Runs"],
  ["start", "Start"],
  ["messages", "Messages"],
];
const OFTEN = [
  [["/"], "search"],
  [["j", "k"], "rows"],
  [["Enter"], "opens"],
  [["Esc"], "back"],
  [["?"], "all keys"],
];

/** The whole page with a view in it; `forget`: what to do with a key that is wanted no more. */
export function drawFrame(view, place, forget) {
  const { stale } = liveness();
  const [at] = place.parts;
  return [
    h(
      "header",
      { key: "top", class: "top" },
      h("a", { class: "skip", href: "#main", onclick: skip }, "Skip to content"),
      h(
        "span",
        { class: "brand" },
        h("span", { class: "mark", "aria-hidden": "true" }),
        "Desktop Flow Broker",
      ),
      h(
        "nav",
        { id: "nav", "aria-label": "Views" },
        VIEWS.map(([path, title]) =>
          h(
            "a",
            { href: href(path), "aria-current": path === at ? "page" : null },
            title,
            badge(path),
          ),
        ),
      ),
      drawStatus(),
    ),
    h(
      "main",
      { key: "main", id: "main", tabindex: -1, class: stale ? "stale" : "" },
      drawNotices(),
      drawAttention({ whole: at === "lanes" && place.parts.length === 1 }),
      h("div", { key: `view ${place.parts.join("/")}`, class: `view view-${at}` }, view.draw()),
    ),
    drawFoot(forget),
  ];
}

function skip(event) {
  event.preventDefault();
  document.getElementById("main").focus();
}

const BADGES = {
  lanes: [needsCount, "need you"],
  messages: [messagesCount, "waiting"],
};

function messagesCount() {
  return queues(attention()?.messages).reduce((sum, { count }) => sum + count, 0);
}

function badge(path) {
  const [counted, what] = BADGES[path] ?? [];
  const count = counted?.();
  if (!count) return null;
  const told = h("span", { class: "visually-hidden" }, ` ${what}`);
  return h("span", { class: "badge" }, String(count), told);
}

function drawStatus() {
  const { asOf, gone, stale, auto, watched } = liveness();
  const mark = stale ? "gone" : gone ? "late" : auto ? "live" : "off";
  return h(
    "div",
    { class: "status", role: "group", "aria-label": "How current this is" },
    readOnly() && h("span", { class: "chip" }, "Read only"),
    watched &&
      h(
        "span",
        { class: `as-of ${mark}`, title: asOf ? utcText(asOf) : null, "data-testid": "as-of" },
        h("span", { class: "dot", "aria-hidden": "true" }),
        asOf ? `as of ${clockText(asOf)}` : gone ? "nothing read yet" : "reading …",
        gone && (stale ? " · the app cannot be reached" : " · trying again"),
      ),
    h(
      "button",
      { type: "button", class: "plain", onclick: switchAuto },
      `Auto refresh ${auto ? "on" : "off"}`,
    ),
    (!auto || gone) &&
      h("button", { type: "button", class: "plain", onclick: refreshAll }, "Refresh"),
    h(
      "button",
      {
        type: "button",
        class: "plain",
        onclick: showKeys,
        "aria-label": "Keys",
        title: "Keys (?)",
      },
      "?",
    ),
  );
}

function drawFoot(forget) {
  return h(
    "footer",
    { key: "foot", class: "foot" },
    h("span", null, `Times are local (${zoneText()}); point at one for UTC.`),
    h(
      "span",
      { class: "key-list" },
      OFTEN.map(([keys, what]) =>
        h(
          "span",
          null,
          keys.map((each) => h("kbd", null, each)),
          ` ${what}`,
        ),
      ),
    ),
    h("button", { type: "button", class: "plain", onclick: forget }, "Forget the key"),
  );
}
