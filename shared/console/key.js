// What the page keeps: the function key while the tab is open, and the name that decides.

const KEY = "desktop-flow-broker.key";
const NAME = "desktop-flow-broker.name";

/** Tell the key; null before anybody gave one, empty where the app asks for none. */
export function key() {
  return sessionStorage.getItem(KEY);
}

export function keepKey(text) {
  sessionStorage.setItem(KEY, text);
}

/** Forget it, and what else was kept while it was there. */
export function forgetKey() {
  sessionStorage.clear();
}

/** Tell who decides, as it is kept with a decision; empty before anybody said so. */
export function deciderName() {
  return localStorage.getItem(NAME) ?? "";
}

export function keepDeciderName(text) {
  localStorage.setItem(NAME, text);
}
