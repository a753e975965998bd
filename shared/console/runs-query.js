// The filters of the runs: read from the address, asked for at the API, told in words.

import { get } from "./api.js";
import { flowName } from "./flows.js";
import { now } from "./time.js";
import { stateOf } from "./words.js";

export const TOP = 50;
const HOUR = 3_600_000;
const MINUTE = 60_000;
export const SINCE = {
  "": ["any time", null],
  "1h": ["the last hour", () => now() - HOUR],
  today: ["today", () => new Date(now()).setHours(0, 0, 0, 0)],
  "24h": ["the last 24 hours", () => now() - 24 * HOUR],
  "7d": ["the last 7 days", () => now() - 7 * 24 * HOUR],
  between: ["between …", null],
};
const NAMES = [
  "status",
  "connectionName",
  "workflowId",
  "needsOperator",
  "q",
  "since",
  "from",
  "to",
];

/** Read the filters from the address; what is not set is an empty text. */
export function filtersOf(query) {
  return Object.fromEntries(NAMES.map((name) => [name, query.get(name) ?? ""]));
}

export const isFiltered = (filters) => NAMES.some((name) => filters[name]);

/** Give the filters as the API takes them. */
export function asked(filters, page) {
  const { status, connectionName, workflowId, needsOperator, q: search } = filters;
  return {
    ...{ status, connectionName, workflowId, needsOperator, search },
    ...bounds(filters),
    top: TOP,
    continuationToken: page,
  };
}

function bounds({ since, from, to }) {
  if (since === "between") return { createdAfter: instant(from), createdBefore: instant(to) };
  const began = SINCE[since]?.[1];
  if (!began) return {};
  return { createdAfter: new Date(Math.floor(began() / MINUTE) * MINUTE).toISOString() };
}

function instant(local) {
  const at = new Date(local);
  return Number.isNaN(at.getTime()) ? undefined : at.toISOString();
}

/** Tell the filters in words, so that an empty list says of what it is empty. */
export function inWords(filters) {
  const { status, connectionName, workflowId, needsOperator, q, since, from, to } = filters;
  return [
    status &&
      status
        .split(",")
        .map((each) => stateOf(each).word)
        .join(" or "),
    connectionName && `on ${connectionName}`,
    workflowId && `of ${flowName(workflowId)}`,
    needsOperator === "true" && "waiting for a decision",
    q && `known by “${q}”`,
    since === "between"
      ? `accepted between ${from || "ever"} and ${to || "now"}`
      : since && `accepted ${since === "today" ? "" : "in "}${SINCE[since]?.[0] ?? since}`,
  ].filter(Boolean);
}

/** Read a page of runs. */
export const readRuns = (filters, page, signal) =>
  get("runs", { query: asked(filters, page), signal });
