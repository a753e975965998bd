// The keys of the page, and the list of them.

import { h, paint } from "./dom.js";
import { refreshAll, switchAuto } from "./live.js";
import { back, go, href } from "./router.js";

const KEYS = [
  ["/", "Search runs"],
  ["j", "Next row"],
  ["k", "Row before"],
  ["Enter", "Open the row"],
  ["Esc", "Back, or leave what is asked"],
  ["r", "Refresh now"],
  ["a", "Auto refresh on or off"],
  ["1 2 3 4", "Lanes, runs, start, messages"],
  ["?", "This list"],
];
const VIEWS = { 1: "lanes", 2: "runs", 3: "start", 4: "messages" };

/** `parent()`: where Esc leads from the view that is open; null: nowhere. */
export function listenToKeys(parent) {
  addEventListener("keydown", (event) => {
    if (event.defaultPrevented || event.ctrlKey || event.metaKey || event.altKey) return;
    if (document.querySelector("dialog[open]")) return;
    const typing = event.target.matches?.("input:not([type=checkbox]), textarea, select");
    if (event.key === "Escape") return leave(event, typing, parent());
    if (typing || !document.getElementById("nav")) return;
    if (press(event.key)) event.preventDefault();
  });
}

function leave(event, typing, parent) {
  if (typing) event.target.blur();
  else if (parent) back(parent);
}

function press(key) {
  if (key === "/") search();
  else if (key === "j") step(1);
  else if (key === "k") step(-1);
  else if (key === "r") refreshAll();
  else if (key === "a") switchAuto();
  else if (key === "?") showKeys();
  else if (key in VIEWS) go(href(VIEWS[key]));
  else return false;
  return true;
}

function search() {
  const box = document.getElementById("search");
  if (box) {
    box.focus();
    box.select();
    return;
  }
  go(href("runs"));
  requestAnimationFrame(() =>
    requestAnimationFrame(() => document.getElementById("search")?.focus()),
  );
}

/** Rows are reached by the link that opens each. */
function step(by) {
  const rows = [...document.querySelectorAll("a[data-row]")];
  if (!rows.length) return;
  const at = rows.indexOf(document.activeElement);
  const next = at < 0 ? (by > 0 ? 0 : rows.length - 1) : at + by;
  const row = rows[Math.min(rows.length - 1, Math.max(0, next))];
  row.focus();
  row.scrollIntoView({ block: "nearest" });
}

export function showKeys() {
  const host = document.getElementById("dialogs");
  const close = () => host.querySelector("dialog").close();
  paint(
    host,
    h(
      "dialog",
      {
        class: "keys",
        "aria-labelledby": "keys-title",
        ref: (dialog) => dialog.showModal(),
        onclose: () => paint(host),
      },
      h("h2", { id: "keys-title" }, "Keys"),
      h(
        "dl",
        null,
        KEYS.map(([keys, what]) =>
          h(
            "div",
            null,
            h(
              "dt",
              null,
              keys.split(" ").map((key) => h("kbd", null, key)),
            ),
            h("dd", null, what),
          ),
        ),
      ),
      h(
        "div",
        { class: "dialog-acts" },
        h("button", { type: "button", class: "plain", onclick: close }, "Close"),
      ),
    ),
  );
}
