// The filter bar of the runs: whatever is chosen becomes the address, and the address the bar.

import { h } from "./dom.js";
import { flowNames } from "./flows.js";
import { knownLanes, needLanes } from "./lanes.js";
import { go, href } from "./router.js";
import { shape } from "./shapes.js";
import { isFiltered, SINCE } from "./runs-query.js";
import { ACTIVE, STATES, stateOf } from "./words.js";

const MOST_NAMES = 500;
const QUICK = [
  ["Active", { status: ACTIVE.join(",") }],
  ["Failed today", { status: "Failed,TimedOut", since: "today" }],
  ["To decide", { needsOperator: "true" }],
];
const to = (filters) => go(href("runs", filters));

export function drawFilter(filters) {
  const change = (next) => to({ ...filters, ...next });
  return h(
    "div",
    { class: "filters run-filters" },
    drawSearch(filters),
    h(
      "div",
      { class: "quick", role: "group", "aria-label": "Often asked for" },
      QUICK.map(([text, wanted]) =>
        h(
          "a",
          { href: href("runs", wanted), "aria-current": isSame(filters, wanted) ? "true" : null },
          text,
        ),
      ),
      isFiltered(filters) && h("a", { href: href("runs") }, "Clear filters"),
    ),
    drawStates(filters.status, change),
    h(
      "div",
      { class: "choices" },
      drawConnection(filters.connectionName, change),
      drawFlow(filters.workflowId, change),
      drawSince(filters, change),
    ),
  );
}

function isSame(filters, wanted) {
  return Object.keys(filters).every((name) => filters[name] === (wanted[name] ?? ""));
}

/** The search is asked when it is sent, not at each letter. */
function drawSearch(filters) {
  const search = (event) => {
    event.preventDefault();
    to({ ...filters, q: event.currentTarget.elements.q.value.trim() });
  };
  return h(
    "form",
    { class: "search", role: "search", "aria-label": "Runs", onsubmit: search },
    h("input", {
      id: "search",
      name: "q",
      type: "search",
      "aria-label": "Run id, session id, correlation id or key",
      placeholder: "Run id, session id, correlation id or key",
      autocomplete: "off",
      spellcheck: "false",
      value: filters.q,
    }),
    h("button", { type: "submit", class: "plain" }, "Search"),
  );
}

function drawStates(text, change) {
  const chosen = text ? text.split(",") : [];
  const toggled = (name) =>
    chosen.includes(name) ? chosen.filter((each) => each !== name) : [...chosen, name];
  return h(
    "div",
    { class: "chips", role: "group", "aria-label": "State" },
    Object.keys(STATES).map((name) => {
      const { word, shape: form, tone } = stateOf(name);
      const press = () => change({ status: toggled(name).join(",") });
      const pressed = String(chosen.includes(name));
      return h(
        "button",
        {
          type: "button",
          key: name,
          class: `tone-${tone}`,
          "aria-pressed": pressed,
          onclick: press,
        },
        shape(form),
        word,
      );
    }),
  );
}

function drawConnection(value, change) {
  needLanes();
  const names = (knownLanes() ?? []).slice(0, MOST_NAMES).map((lane) => lane.connectionName);
  return h(
    "label",
    null,
    h("span", null, "Connection"),
    h("input", {
      type: "text",
      list: "connections",
      placeholder: "any",
      autocomplete: "off",
      value,
      onchange: (event) => change({ connectionName: event.target.value.trim() }),
    }),
    h(
      "datalist",
      { id: "connections" },
      names.map((name) => h("option", { key: name, value: name })),
    ),
  );
}

function drawFlow(value, change) {
  const flows = flowNames();
  const unknown = value && !flows.some(([id]) => id === value);
  return h(
    "label",
    null,
    h("span", null, "Desktop flow"),
    h(
      "select",
      { value, onchange: (event) => change({ workflowId: event.target.value }) },
      h("option", { value: "" }, "any"),
      unknown && h("option", { value }, `Flow ${value.slice(0, 8)}`),
      flows.map(([id, name]) => h("option", { key: id, value: id }, name)),
    ),
  );
}

function drawSince({ since, from, to: end }, change) {
  const bound = (label, name, value) =>
    h(
      "label",
      null,
      h("span", null, label),
      h("input", {
        type: "datetime-local",
        value,
        onchange: (event) => change({ [name]: event.target.value }),
      }),
    );
  return [
    h(
      "label",
      null,
      h("span", null, "Accepted"),
      h(
        "select",
        {
          value: since,
          onchange: (event) => change({ since: event.target.value, from: "", to: "" }),
        },
        Object.entries(SINCE).map(([each, [text]]) => h("option", { value: each }, text)),
      ),
    ),
    since === "between" && [bound("From", "from", from), bound("To", "to", end)],
  ];
}
