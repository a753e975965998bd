// Opens the view that the address names, and draws it whenever there is something new to see.

import { onRefused } from "./api.js";
import { watchAttention } from "./attention.js";
import { paint } from "./dom.js";
import { onDraw, redraw } from "./draw.js";
import { drawFrame } from "./frame.js";
import { forgetKey, key } from "./key.js";
import { listenToKeys } from "./keyboard.js";
import { openLane } from "./lane-view.js";
import { openLanes } from "./lanes-view.js";
import { forgetAge } from "./live.js";
import { openMessages } from "./messages-view.js";
import { forgetNotices } from "./notices.js";
import { here, href, kept, onMove } from "./router.js";
import { openRun } from "./run-view.js";
import { openRuns } from "./runs-view.js";
import { askAgain, drawSignIn } from "./sign-in.js";
import { openStart } from "./start-view.js";
import { tick } from "./time.js";

const TITLE = "Desktop Flow Broker";
const VIEWS = {
  lanes: (parts) => (parts.length > 1 ? openLane : openLanes),
  runs: (parts) => (parts.length > 1 ? openRun : openRuns),
  start: () => openStart,
  messages: () => openMessages,
};
const root = document.getElementById("page");
let place = here();
let view = null;
let attending = null;
let wanted = null;

/** Open the view of the address, unless the one that is open shows it with another query. */
function move({ back }) {
  const before = place;
  place = { ...here(), back };
  if (key() === null) return redraw();
  const same = view && before.parts.join("/") === place.parts.join("/");
  wanted = back || !same ? { ...kept(), until: performance.now() + 1_000, fresh: !same } : null;
  if (!same || !view.change?.(place)) open();
  draw();
  arrive();
}

function open() {
  view?.close();
  forgetAge();
  const opened = VIEWS[place.parts[0]]?.(place.parts) ?? openLanes;
  view = opened(place);
}

/** After a step: be where one was, or at the head of what is new. */
function arrive() {
  if (!wanted) return;
  const { y = 0, focus, fresh } = wanted;
  scrollTo(0, y);
  const link = focus && root.querySelector(`[href="${CSS.escape(focus)}"]`);
  if (link) link.focus({ preventScroll: true });
  else if (fresh) root.querySelector("h1")?.focus({ preventScroll: true });
  const there = (!focus || link) && Math.abs(scrollY - y) < 2;
  if (there || performance.now() > wanted.until) wanted = null;
}

function draw() {
  if (key() === null) {
    document.title = TITLE;
    paint(root, drawSignIn(begin));
    return;
  }
  if (!attending) begin();
  document.title = `${view.title()} · ${TITLE}`;
  paint(root, drawFrame(view, place, forget));
  if (wanted?.y || wanted?.focus) arrive();
}

function begin() {
  attending ??= watchAttention();
  if (!view) open();
  redraw();
}

/** The page is loaded anew: nothing that was read with the key stays in its memory. */
function forget() {
  forgetKey();
  location.reload();
}

onRefused(() => {
  if (!view) return; // the form says so itself
  askAgain("The app does not accept this key any more.");
  forgetKey();
  forgetNotices();
  attending.stop();
  view.close();
  attending = view = null;
  redraw();
});
onDraw(draw);
onMove(move);
listenToKeys(() => view?.parent ?? (place.parts.length > 1 ? href(place.parts[0]) : null));
setInterval(tick, 1_000);
redraw();
