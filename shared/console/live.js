// Asks again while it is worth it: soon while something moves, seldom when nothing does.

import { announce } from "./announce.js";
import { redraw } from "./draw.js";
import { now } from "./time.js";

const FAST_MS = 2_000;
const SLOW_MS = 15_000;
const STALE_MISSES = 3;
/** At most a fifth of the time goes into asking, however long an answer takes. */
const SHARE = 4;

const watches = new Set();
const seen = { asOf: null, misses: 0, auto: true };

/** Tell how it stands: when the view's data was read last, and whether it can be read now. */
export function liveness() {
  const gone = seen.misses > 0;
  const watched = [...watches].some((own) => !own.minor);
  return { ...seen, gone, stale: seen.misses >= STALE_MISSES, watched };
}

/**
 * Call `load(signal)` now and again until it is stopped, never twice at a time. It resolves to
 * whether something moves. `refused(error)` is told of an answer that says no, which is an answer.
 * `minor`: what it reads is not what the view shows.
 */
export function watch(load, { minor = false, refused = null } = {}) {
  const own = {
    load,
    minor,
    refused,
    timer: 0,
    due: 0,
    running: null,
    again: false,
    stopped: false,
  };
  watches.add(own);
  turn(own);
  return {
    now: () => turn(own),
    stop() {
      own.stopped = true;
      clearTimeout(own.timer);
      own.running?.abort();
      watches.delete(own);
    },
  };
}

async function turn(own) {
  clearTimeout(own.timer);
  if (own.stopped || document.hidden) return; // it is due when somebody looks
  if (own.running) {
    own.again = true;
    return;
  }
  own.running = new AbortController();
  const began = performance.now();
  let pause = FAST_MS;
  try {
    const moving = await own.load(own.running.signal);
    pause = moving ? FAST_MS : SLOW_MS;
    if (!own.stopped) came(own);
  } catch (error) {
    if (!own.stopped) pause = failed(own, error);
  } finally {
    own.running = null;
  }
  if (own.stopped) return;
  redraw();
  if (own.again) {
    own.again = false;
    turn(own);
  } else {
    plan(own, Math.max(pause, (performance.now() - began) * SHARE));
  }
}

function plan(own, pause) {
  clearTimeout(own.timer);
  own.due = performance.now() + pause;
  if (seen.auto && !document.hidden) own.timer = setTimeout(() => turn(own), pause);
}

function came(own) {
  if (own.minor) return;
  if (seen.misses >= STALE_MISSES) announce("The app answers again.");
  seen.asOf = now();
  seen.misses = 0;
}

function failed(own, error) {
  if (own.refused && error.status && !error.passes) {
    own.refused(error);
    came(own);
    return SLOW_MS;
  }
  const again = (error.retryAfter ?? 0) * 1000;
  if (own.minor) return Math.max(SLOW_MS, again);
  seen.misses += 1;
  if (seen.misses === STALE_MISSES) announce("The app cannot be reached. What is shown is older.");
  return Math.max(seen.misses >= STALE_MISSES ? SLOW_MS / 3 : FAST_MS, again);
}

/** A view is opened: what the last one showed says nothing of this one's age. */
export function forgetAge() {
  seen.asOf = null;
  seen.misses = 0;
}

export function refreshAll() {
  for (const own of watches) turn(own);
}

export function switchAuto() {
  seen.auto = !seen.auto;
  announce(seen.auto ? "Auto refresh is on." : "Auto refresh is off.");
  if (seen.auto) refreshAll();
  else for (const own of watches) clearTimeout(own.timer);
  redraw();
}

document.addEventListener("visibilitychange", () => {
  for (const own of watches) {
    clearTimeout(own.timer);
    if (!document.hidden && seen.auto) plan(own, Math.max(0, own.due - performance.now()));
  }
});
