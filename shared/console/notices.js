// What was asked for, and what came of it: the last three acts, followed wherever one goes.

import { announce } from "./announce.js";
import { h } from "./dom.js";
import { redraw } from "./draw.js";
import { watch } from "./live.js";
import { age, now } from "./time.js";

const MOST = 3;
const FOLLOWED_MS = 10 * 60_000;
let number = 0;
const notices = [];

/**
 * Say what was asked. `outcome(signal)` is called until it gives a sentence of what came of it;
 * without it the notice says all there is to say. `link`: where it is seen.
 */
export function noteAsked(asked, { link = null, outcome = null } = {}) {
  number += 1;
  const at = new Date(now()).toISOString();
  const notice = { key: `notice ${number}`, asked, link, came: null, at };
  notices.unshift(notice);
  for (const old of notices.splice(MOST)) old.watch?.stop();
  announce(asked);
  if (outcome) follow(notice, outcome);
  redraw();
}

function follow(notice, outcome) {
  const end = Date.now() + FOLLOWED_MS;
  notice.open = true;
  notice.watch = watch(
    async (signal) => {
      notice.came = await outcome(signal);
      if (!notice.came && Date.now() < end) return true;
      notice.open = false;
      notice.watch.stop();
      if (notice.came) announce(notice.came);
      return false;
    },
    { minor: true },
  );
}

export function drawNotices() {
  if (!notices.length) return null;
  return h(
    "section",
    { key: "notices", class: "notices", "aria-label": "What you asked for" },
    notices.map((notice) =>
      h(
        "p",
        { key: notice.key, class: notice.came ? "notice came" : "notice" },
        h("strong", null, notice.asked),
        " ",
        notice.came ?? (notice.open ? "Not carried out yet." : ""),
        h("span", { class: "soft" }, " ", age(notice.at), " ago "),
        notice.link && h("a", { href: notice.link }, "Look"),
        h(
          "button",
          { type: "button", class: "plain small", onclick: () => dismiss(notice) },
          "Dismiss",
        ),
      ),
    ),
  );
}

/** Follow nothing any more. */
export function forgetNotices() {
  for (const notice of notices.splice(0)) notice.watch?.stop();
}

function dismiss(notice) {
  notice.watch?.stop();
  notices.splice(notices.indexOf(notice), 1);
  redraw();
}
