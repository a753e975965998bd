// Tells those who do not see the page what has changed: one sentence in five seconds, the newest.

const APART_MS = 5_000;
let last = -APART_MS;
let waiting = null;
let timer = 0;

export function announce(sentence) {
  waiting = sentence;
  if (timer) return;
  timer = setTimeout(say, Math.max(0, last + APART_MS - performance.now()));
}

function say() {
  timer = 0;
  last = performance.now();
  const region = document.getElementById("announcer");
  // The same sentence again is another one only if something of it differs.
  region.textContent = region.textContent === waiting ? `${waiting}\u00a0` : waiting;
  waiting = null;
}
