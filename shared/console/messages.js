// The queues whose messages nobody handles by itself, by the names that the API gives them.

export const REJECTED = "rejected";

const SHELVES = {
  [REJECTED]: "Rejected requests",
  "requests-poison": "Requests given up",
  "wakeups-poison": "Wake-ups given up",
  "notifications-poison": "Notifications given up",
};
const BY_QUEUE = [
  ["run-requests-rejected", REJECTED],
  ["run-requests-poison", "requests-poison"],
  ["lane-wakeups-poison", "wakeups-poison"],
  ["run-notifications-poison", "notifications-poison"],
];

/** What people call a queue. */
export const queueTitle = (queue) => SHELVES[queue] ?? queue;

/** Every queue, those with messages by their counts: `counts` is what needs attention tells. */
export function queues(counts = []) {
  const found = new Map(Object.keys(SHELVES).map((name) => [name, 0]));
  for (const { queue, count } of counts) {
    const name = queueOf(queue);
    found.set(name, (found.get(name) ?? 0) + count);
  }
  return [...found].map(([queue, count]) => ({ queue, count }));
}

/** Its name where it is told by that of the storage queue, which may have a prefix. */
export function queueOf(name) {
  return BY_QUEUE.find(([end]) => name.endsWith(end))?.[1] ?? name;
}
