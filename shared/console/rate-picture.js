// The submissions of a lane in the last hour, minute by minute, as a picture.

import { h } from "./dom.js";
import { many } from "./words.js";

const MINUTES = 60;
const WIDTH = 2;
const PITCH = 3;
const HEIGHT = 16;

/** Sixty counts, the oldest first: the app leaves out those before the first submission. */
function countsOf({ submittedByMinute: told }) {
  return [...Array(MINUTES).fill(0), ...told].slice(-MINUTES);
}

/** The picture in words. */
export function rateText(lane) {
  const counts = countsOf(lane);
  const sum = counts.reduce((total, each) => total + each, 0);
  const most = Math.max(...counts);
  if (!sum) return "no start in the last hour";
  return `${many(sum, "start")} in the last hour, at most ${most} in a minute`;
}

/** A bar for each minute, as high as its share of what a window allows; this minute last. */
export function drawHour(lane) {
  const counts = countsOf(lane);
  const most = Math.max(lane.limit, ...counts);
  const bars = counts.map((count, index) => {
    const size = count ? Math.max(1.5, (HEIGHT * count) / most) : 0.5;
    const top = (HEIGHT - size).toFixed(1);
    return `M${index * PITCH} ${top}h${WIDTH}v${size.toFixed(1)}h-${WIDTH}z`;
  });
  return h(
    "svg",
    {
      class: "hour",
      viewBox: `0 0 ${MINUTES * PITCH - (PITCH - WIDTH)} ${HEIGHT}`,
      preserveAspectRatio: "none",
      role: "img",
      "aria-label": rateText(lane),
    },
    h("path", { d: bars.join("") }),
  );
}
