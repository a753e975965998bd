// The lanes: what waits, what works, how much of each window is used, and what is paused.

import { readOnly } from "./access.js";
import { attention, attentionAwaited } from "./attention.js";
import { problem } from "./dialog.js";
import { h } from "./dom.js";
import { drawRate, laneAct, laneAge, laneState, meter } from "./lane-parts.js";
import { countText, knownLanes, laneMoves, oldest, readLanes } from "./lanes.js";
import { watch } from "./live.js";
import { drawHour } from "./rate-picture.js";
import { go, href } from "./router.js";
import { age } from "./time.js";
import { windowLegend, windowStrip } from "./window-picture.js";
import { many } from "./words.js";

const PAGE = 100;
const SHOWS = {
  "": ["All", () => true],
  busy: ["Busy", laneMoves],
  paused: ["Paused", (lane) => lane.pauseReason !== null],
};

export function openLanes(place) {
  let { query } = place;
  let refused = null;
  const asking = watch(
    async (signal) => {
      const lanes = await readLanes(signal);
      refused = null;
      return lanes.some(laneMoves);
    },
    { refused: (error) => (refused = error) },
  );
  return {
    title: () => "Lanes",
    draw: () => drawLanes(knownLanes(), query, refused),
    change(next) {
      query = next.query;
      return true;
    },
    close: () => asking.stop(),
  };
}

function drawLanes(lanes, query, refused) {
  const head = h("div", { class: "view-head" }, h("h1", { tabindex: -1 }, "Lanes"));
  if (refused) return [head, problem(refused)];
  if (!lanes || attentionAwaited()) return [head, h("p", { class: "soft" }, "Reading the lanes …")];
  if (!lanes.length) return [head, drawNone()];
  const name = query.get("name") ?? "";
  const show = query.get("show") ?? "";
  const wanted = (SHOWS[show] ?? SHOWS[""])[1];
  const found = lanes.filter((lane) => wanted(lane) && has(lane, name));
  const shown = found.slice(0, Number(query.get("top")) || PAGE);
  return [
    h("div", { class: "view-head" }, ...head.children, drawSums(lanes), drawAllowance()),
    lanes.length > 1 && drawFilter(lanes, name, show),
    found.length
      ? drawTable(shown)
      : h("p", { class: "empty" }, `None of ${many(lanes.length, "lane")} is so.`),
    shown.length < found.length && drawMore(found.length - shown.length, shown.length, name, show),
    windowLegend(),
  ];
}

const has = (lane, name) => lane.connectionName.toLowerCase().includes(name.toLowerCase());

function drawNone() {
  return h(
    "div",
    { class: "empty" },
    h("p", null, h("strong", null, "There is no lane yet.")),
    h(
      "p",
      null,
      "A connection has one from its first run on. ",
      !readOnly() && h("a", { href: href("start") }, "Start a run"),
    ),
  );
}

function drawSums(lanes) {
  const sum = (name) => lanes.reduce((total, lane) => total + lane[name], 0);
  const paused = lanes.filter((lane) => lane.pauseReason).length;
  const parts = [
    many(lanes.length, "lane"),
    `${sum("backlog").toLocaleString("en")} waiting`,
    `${sum("activeFlowSessions").toLocaleString("en")} at work`,
    paused > 0 && `${paused} paused`,
  ];
  return h("p", { class: "sums" }, parts.filter(Boolean).join(" · "));
}

/** How much of what Dataverse allows the app's user is used. */
function drawAllowance() {
  const allowance = attention()?.allowance;
  if (!allowance) return null;
  const { limit, remaining, windowSeconds } = allowance.requests;
  const used = Math.max(0, limit - remaining);
  const text = `${used.toLocaleString("en")} of ${limit.toLocaleString("en")} requests used`;
  return h(
    "p",
    { class: "sums allowance" },
    meter(used, limit, `Dataverse’s allowance: ${text}`),
    `Dataverse’s allowance: ${text}`,
    ` in ${Math.round(windowSeconds / 60)} min, `,
    age(allowance.asOf),
    " ago",
  );
}

function drawFilter(lanes, name, show) {
  const to = (next) => go(href("lanes", { name, show, ...next }), { replace: true });
  return h(
    "div",
    { class: "filters", role: "search", "aria-label": "Lanes" },
    h("input", {
      type: "search",
      "aria-label": "Connection",
      placeholder: "Connection",
      value: name,
      oninput: (event) => to({ name: event.target.value }),
    }),
    h(
      "div",
      { class: "segments", role: "group", "aria-label": "Which lanes" },
      Object.entries(SHOWS).map(([value, [text, wanted]]) =>
        h(
          "button",
          {
            type: "button",
            "aria-pressed": String(value === show),
            onclick: () => to({ show: value }),
          },
          `${text} `,
          h("span", { class: "count" }, String(lanes.filter(wanted).length)),
        ),
      ),
    ),
  );
}

function drawMore(left, shown, name, show) {
  const address = href("lanes", { name, show, top: shown + PAGE });
  return h(
    "p",
    null,
    h(
      "button",
      { type: "button", class: "plain", onclick: () => go(address, { replace: true }) },
      `Show ${Math.min(left, PAGE)} more of ${left.toLocaleString("en")}`,
    ),
  );
}

function drawTable(lanes) {
  const heads = ["Connection", "Window", "Waiting", "At work", "Last minute", "State"];
  return h(
    "table",
    { class: "rows lanes" },
    h("caption", { class: "visually-hidden" }, "Lanes, by connection"),
    h(
      "thead",
      null,
      h(
        "tr",
        null,
        heads.map((text) =>
          h("th", { scope: "col", class: `col-${text.toLowerCase().replace(" ", "-")}` }, text),
        ),
        !readOnly() && h("th", { scope: "col" }, h("span", { class: "visually-hidden" }, "Acts")),
      ),
    ),
    h("tbody", null, lanes.map(drawRow)),
  );
}

function drawRow(lane) {
  const first = oldest(lane);
  return h(
    "tr",
    { key: lane.laneId, class: lane.pauseReason ? "tone-warn marked" : "" },
    h(
      "th",
      { scope: "row" },
      h("a", { href: href(["lanes", lane.laneId]), "data-row": true }, lane.connectionName),
      lane.runsNeedingOperator > 0 &&
        h(
          "a",
          {
            class: "badge tone-warn",
            href: href("runs", { needsOperator: "true", connectionName: lane.connectionName }),
          },
          `${countText(lane, "runsNeedingOperator")} to decide`,
        ),
    ),
    h("td", { class: "col-window", "data-label": "Window" }, windowStrip(lane)),
    h(
      "td",
      { class: "number", "data-label": "Waiting" },
      countText(lane, "backlog"),
      first && h("span", { class: "sub" }, "oldest ", first),
    ),
    h("td", { class: "number", "data-label": "At work" }, countText(lane, "activeFlowSessions")),
    h("td", { class: "number", "data-label": "Last minute" }, drawRate(lane), drawHour(lane)),
    h("td", { "data-label": "State" }, laneState(lane), laneAge(lane)),
    !readOnly() && h("td", { class: "acts" }, laneAct(lane)),
  );
}
