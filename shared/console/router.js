// Where the page is: the view and all its filters are the address, behind its #.

const HOME = "lanes";
let changed = () => {};

/** Read the address: the parts of its path, and its query. */
export function here() {
  const [path, query = ""] = location.hash.replace(/^#\/?/, "").split("?");
  const parts = path.split("/").filter(Boolean).map(decoded);
  return { parts: parts.length ? parts : [HOME], query: new URLSearchParams(query) };
}

function decoded(text) {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

/** Give the address of a view, such as `runs/<id>`, with what has a value in its query. */
export function href(parts, query = {}) {
  const path = [parts].flat().map(encodeURIComponent).join("/");
  const pairs = Object.entries(query).filter(([, value]) => value !== undefined && value !== "");
  const text = new URLSearchParams(pairs).toString().replaceAll("%2C", ",");
  return `#/${path}${text ? `?${text}` : ""}`;
}

/** The whole address, to be sent to somebody else. */
export function linkTo(parts, query) {
  return new URL(href(parts, query), location.href).href;
}

/** What is kept with a step of the history: where it was scrolled to, and what had focus there. */
export function kept() {
  return history.state ?? {};
}

/** Go to an address; `state` is kept with it, `replace` leaves no step back. */
export function go(address, { replace = false, state = {} } = {}) {
  const depth = kept().depth ?? 0;
  if (replace) {
    history.replaceState({ ...state, depth }, "", address);
  } else {
    const focus = document.activeElement?.getAttribute("href");
    history.replaceState({ ...kept(), y: scrollY, focus }, "");
    history.pushState({ ...state, depth: depth + 1 }, "", address);
  }
  changed({ back: false });
}

/** Go where one came from, or to `parent` where the page was opened here. */
export function back(parent) {
  if (kept().depth > 0) history.back();
  else go(parent);
}

/** Have `how` called when the address is another; links of the page are followed without a load. */
export function onMove(how) {
  changed = how;
  history.scrollRestoration = "manual";
  addEventListener("popstate", () => how({ back: true }));
  addEventListener("click", (event) => {
    const link = event.target.closest?.("a[href^='#/']");
    const plain = !(event.ctrlKey || event.metaKey || event.shiftKey || event.altKey);
    if (!link || !plain || event.button !== 0 || event.defaultPrevented) return;
    event.preventDefault();
    const address = link.getAttribute("href");
    if (address !== location.hash) go(address);
  });
}
