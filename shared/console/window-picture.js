// A lane's window as a picture: a cell for each submission of the last minute, and those free.

import { h } from "./dom.js";
import { durationText, now } from "./time.js";

const CELL = 4;
const PITCH = 6;
const HEIGHT = 14;
const GRID_COLUMNS = 10;
const GRID_CELL = 16;
const GRID_PITCH = 20;
const SOON_MS = 15_000;

/** Tell the slots of a lane: `held` are the times at which those free that are told of. */
export function slotsOf({ window }) {
  const { slots, free, inFlight, freeing } = window;
  const held = freeing
    .flatMap((each) => Array(Math.min(each.slots, slots)).fill(Date.parse(each.at)))
    .slice(0, Math.max(0, slots - free - inFlight))
    .sort((one, other) => one - other);
  return { slots, free, inFlight, held, used: slots - free - inFlight - held.length };
}

/** The picture in words. */
export function windowText(lane) {
  const { slots, free, inFlight, held, used } = slotsOf(lane);
  const parts = [`${free} of ${slots} slots free`];
  if (inFlight) parts.push(`${inFlight} in flight`);
  if (held.length + used) parts.push(`${held.length + used} held`);
  const [next] = held;
  if (free === 0 && next) parts.push(`the next frees in ${durationText(next - now())}`);
  return parts.join(", ");
}

/** Name the kind of each cell, the free ones last: what was sent longest ago stands first. */
function kinds(lane) {
  const { free, inFlight, held, used } = slotsOf(lane);
  const soon = now() + SOON_MS;
  return [
    ...held.map((at) => (at <= soon ? "soon" : "held")),
    ...Array(Math.max(0, used)).fill("held"),
    ...Array(Math.max(0, inFlight)).fill("flight"),
    ...Array(Math.max(0, free)).fill("free"),
  ];
}

/** In one line: an element for each kind, not for each cell, since there may be many lanes. */
export function windowStrip(lane) {
  const cells = kinds(lane);
  const width = Math.max(1, cells.length) * PITCH - (PITCH - CELL);
  const box = (kind, index) => {
    const x = index * PITCH;
    if (kind === "free") return `M${x + 0.5} .5h${CELL - 1}v${HEIGHT - 1}h-${CELL - 1}z`;
    const top = kind === "soon" ? HEIGHT / 2 : 0;
    return `M${x} ${top}h${CELL}v${HEIGHT - top}h-${CELL}z`;
  };
  const paths = ["soon", "held", "flight", "free"].map((kind) => {
    const d = cells.map((each, index) => (each === kind ? box(each, index) : "")).join("");
    return h("path", { key: kind, class: `cell-${kind}`, d });
  });
  return h(
    "svg",
    {
      class: "window-strip",
      viewBox: `0 0 ${width} ${HEIGHT}`,
      preserveAspectRatio: "none",
      role: "img",
      "aria-label": windowText(lane),
    },
    paths,
  );
}

/** Large, with the time at which each cell frees where one points. */
export function windowGrid(lane) {
  const { held } = slotsOf(lane);
  const cells = kinds(lane);
  const rows = Math.ceil(cells.length / GRID_COLUMNS) || 1;
  const size = (count) => count * GRID_PITCH - (GRID_PITCH - GRID_CELL);
  const words = { free: "free", flight: "in flight: sent, and not answered yet" };
  return h(
    "svg",
    {
      class: "window-grid",
      viewBox: `0 0 ${size(GRID_COLUMNS)} ${size(rows)}`,
      role: "img",
      "aria-label": windowText(lane),
    },
    cells.map((kind, index) => {
      const x = (index % GRID_COLUMNS) * GRID_PITCH;
      const y = Math.floor(index / GRID_COLUMNS) * GRID_PITCH;
      const at = held[index];
      const told = words[kind] ?? (at ? `frees in ${durationText(at - now())}` : "held");
      const inset = kind === "free" ? 0.75 : 0;
      const side = GRID_CELL - inset * 2;
      const place = { x: x + inset, y: y + inset, width: side, height: side, rx: 2 };
      return h("rect", { ...place, class: `cell-${kind}` }, h("title", null, told));
    }),
  );
}

/** What the cells mean. */
export function windowLegend() {
  const entries = {
    held: "held: a submission of the last minute",
    soon: "held, and free within 15 s",
    flight: "in flight",
    free: "free",
  };
  return h(
    "ul",
    { class: "legend" },
    Object.entries(entries).map(([kind, text]) => {
      const cell = h("rect", { x: 1, y: 1, width: 10, height: 10, rx: 1, class: `cell-${kind}` });
      return h("li", null, h("svg", { viewBox: "0 0 12 12", "aria-hidden": "true" }, cell), text);
    }),
  );
}
