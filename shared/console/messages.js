// The queues whose messages nobody handles by itself, by the names that the API gives them.

export const REJECTED = "rejected";

const TITLES = {
  [REJECTED]: "Rejected requests",
  "requests-poison": "Requests given up",
  "wakeups-poison": "Wake-ups given up",
  "notifications-poison": "Notifications given up",
};

/** What people call a queue. */
export const queueTitle = (queue) => TITLES[queue] ?? queue;

/** Every queue with its count; `counts` is what needs attention tells of them. */
export function queues(counts = []) {
  const told = new Map(counts.map(({ queue, count }) => [queue, count]));
  return Object.keys(TITLES).map((queue) => ({ queue, count: told.get(queue) ?? 0 }));
}
