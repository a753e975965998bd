// The names of desktop flows and connections, asked for once and when an unknown one is met.

import { get } from "./api.js";
import { redraw } from "./draw.js";

const TOP = 500;
const AGAIN_MS = 60_000;
const SOON_MS = 5_000;
const names = new Map();
const read = { at: -AGAIN_MS, running: null, more: false };

/** Tell a flow's name; its id where it is not known, or not yet. */
export function flowName(workflowId) {
  const name = names.get(workflowId);
  if (name === undefined) readFlows();
  return name ?? `Flow ${workflowId.slice(0, 8)}`;
}

/** Every flow that is known, by name: pairs of id and name. */
export function flowNames() {
  return [...names].sort((one, other) => one[1].localeCompare(other[1]));
}

/** Read the names, at most once a minute: Dataverse is asked for them. */
export function readFlows() {
  if (read.running || performance.now() - read.at < AGAIN_MS) return;
  read.at = performance.now();
  read.running = get("flows", { query: { top: TOP, drafts: true } })
    .then((page) => {
      names.clear();
      for (const flow of page.value) names.set(flow.workflowId, flow.name);
      redraw();
    })
    .catch(() => {
      read.at += SOON_MS - AGAIN_MS; // the ids do meanwhile
    })
    .finally(() => {
      read.running = null;
    });
}
