// The runs: filtered by the address, a page at a time, and never jumping under whoever reads.

import { readOnly } from "./access.js";
import { announce } from "./announce.js";
import { problem } from "./dialog.js";
import { h } from "./dom.js";
import { readFlows } from "./flows.js";
import { watch } from "./live.js";
import { go, href, kept } from "./router.js";
import { drawFilter } from "./runs-filter.js";
import { RunsList } from "./runs-list.js";
import { filtersOf, inWords } from "./runs-query.js";
import { runsTable } from "./runs-table.js";
import { many } from "./words.js";

/** What was shown last, so that a step back shows it at once. */
let last = { address: null, list: null };

export function openRuns(place) {
  let own = null;
  let asking = null;
  const show = ({ query, back }) => {
    asking?.stop();
    own = at(query, back);
    const { list } = own;
    asking = watch(
      async (signal) => {
        const before = list.newer;
        const moves = await list.read(signal);
        own.refused = null;
        if (list.newer > before) announce(newerText(list));
        return moves;
      },
      { refused: (error) => (own.refused = error) },
    );
  };
  show(place);
  readFlows();
  return {
    title: () => "Runs",
    draw: () => drawRuns(own, () => asking.now()),
    change(next) {
      show(next);
      return true;
    },
    close: () => asking.stop(),
  };
}

function at(query, back) {
  const filters = filtersOf(query);
  const page = query.get("page") ?? "";
  const address = query.toString();
  if (!back || last.address !== address) last = { address, list: new RunsList(filters, page) };
  return { filters, page, list: last.list, refused: null };
}

function drawRuns(own, readNow) {
  const { filters, list, refused } = own;
  return [
    h(
      "div",
      { class: "view-head" },
      h("h1", { tabindex: -1 }, "Runs"),
      h("p", { class: "sums" }, headText(own)),
    ),
    drawFilter(filters),
    refused && problem(refused),
    !refused && drawList(own, readNow),
    !refused && list.rows?.length > 0 && drawPages(own),
  ];
}

function headText({ filters, page }) {
  const words = inWords(filters);
  return `${words.length ? words.join(" · ") : "All"}, newest first${page ? ", an older page" : ""}`;
}

function newerText({ newer, newerAtTop, more }) {
  const number = `${newer}${more ? " or more" : ""}`;
  return newerAtTop ? `${number} newer` : `${number} new here`;
}

function drawList({ filters, list }, readNow) {
  if (!list.rows) return h("p", { class: "soft empty" }, "Reading the runs …");
  if (!list.rows.length) return drawNone(filters);
  const showNewer = () => {
    list.forget();
    scrollTo(0, 0);
    document.querySelector("h1")?.focus({ preventScroll: true });
    readNow();
  };
  return [
    list.newer > 0 &&
      h(
        "p",
        { key: "newer", class: "newer" },
        h("button", { type: "button", onclick: showNewer }, newerText(list)),
      ),
    runsTable(list.rows),
  ];
}

function drawNone(filters) {
  const words = inWords(filters);
  if (!words.length) {
    return h(
      "div",
      { class: "empty" },
      h(
        "p",
        null,
        h("strong", null, "There is no run yet. "),
        "Ended ones are kept for thirty days.",
      ),
      !readOnly() && h("p", null, h("a", { href: href("start") }, "Start a run")),
    );
  }
  const alone = filters.q && words.length > 1;
  return h(
    "div",
    { class: "empty" },
    h("p", null, h("strong", null, "No run is so: "), words.join(" · "), "."),
    filters.q &&
      h(
        "p",
        null,
        "What is searched has to be the whole run id, session id, correlation id or key.",
      ),
    h(
      "p",
      null,
      alone && [
        h("a", { href: href("runs", { q: filters.q }) }, "Search without the other filters"),
        " · ",
      ],
      h("a", { href: href("runs") }, "Clear filters"),
    ),
  );
}

/** A page knows the one after it; those before are kept with the step of the history. */
function drawPages({ filters, page, list }) {
  const before = kept().pages ?? [];
  const older = () =>
    go(href("runs", { ...filters, page: list.older }), { state: { pages: [...before, page] } });
  const newer = () =>
    go(href("runs", { ...filters, page: before.at(-1) ?? "" }), {
      state: { pages: before.slice(0, -1) },
    });
  return h(
    "nav",
    { class: "pages", "aria-label": "Pages" },
    h(
      "button",
      { type: "button", class: "plain", disabled: !page, onclick: newer },
      before.length || !page ? "Newer" : "Newest",
    ),
    h("span", { class: "soft" }, many(list.rows.length, "run")),
    h("button", { type: "button", class: "plain", disabled: !list.older, onclick: older }, "Older"),
  );
}
