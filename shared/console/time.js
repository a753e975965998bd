// Times as people read them: one time zone, the browser's; UTC where they point; ages that go on.

import { h } from "./dom.js";

const TWO = (number) => String(number).padStart(2, "0");
const MONTHS = "Jan Feb Mar Apr May Jun Jul Aug Sep Oct Nov Dec".split(" ");
const SKEW_LEAST_MS = 3_000;
let skew = 0;

/** Learn by how much this clock differs from the app's, by an answer's date, told in seconds. */
export function learnClock(date, sentAt) {
  const told = Date.parse(date ?? "");
  if (Number.isNaN(told)) return;
  const differs = told + 500 - (sentAt + Date.now()) / 2;
  skew = Math.abs(differs) < SKEW_LEAST_MS ? 0 : differs;
}

/** The app's time, in ms since the epoch. */
export function now() {
  return Date.now() + skew;
}

export function clockText(at) {
  const time = new Date(at);
  return `${TWO(time.getHours())}:${TWO(time.getMinutes())}:${TWO(time.getSeconds())}`;
}

function dayText(at) {
  const time = new Date(at);
  const year = time.getFullYear() === new Date(now()).getFullYear() ? "" : ` ${time.getFullYear()}`;
  return `${time.getDate()} ${MONTHS[time.getMonth()]}${year}`;
}

/** Tell a time: its day only where that is not today. */
export function momentText(at) {
  const today = new Date(now()).toDateString() === new Date(at).toDateString();
  return today ? clockText(at) : `${dayText(at)} ${clockText(at)}`;
}

export function utcText(at) {
  return new Date(at)
    .toISOString()
    .replace("T", " ")
    .replace(/\.\d+Z$/, " UTC");
}

/** A time as a field of the browser has it: to the minute, in its own time zone. */
export function fieldText(time) {
  const day = `${time.getFullYear()}-${TWO(time.getMonth() + 1)}-${TWO(time.getDate())}`;
  return `${day}T${TWO(time.getHours())}:${TWO(time.getMinutes())}`;
}

/** Tell how long something takes, in the two units that matter. */
export function durationText(ms) {
  const seconds = Math.max(0, Math.round(ms / 1000));
  if (ms > 0 && ms < 950) return `${(ms / 1000).toFixed(1)} s`;
  if (seconds < 60) return `${seconds} s`;
  const minutes = Math.floor(seconds / 60);
  if (minutes < 60) return `${minutes} min ${TWO(seconds % 60)} s`;
  const hours = Math.floor(minutes / 60);
  if (hours < 24) return `${hours} h ${TWO(minutes % 60)} min`;
  return `${Math.floor(hours / 24)} d ${hours % 24} h`;
}

export const span = (from, to) => Date.parse(to) - Date.parse(from);

/** A time, such as 12:03:21. */
export function moment(iso, props = {}) {
  const at = Date.parse(iso);
  return h("time", { datetime: iso, title: utcText(at), ...props }, momentText(at));
}

/** How long ago a time was; it goes on by itself. */
export function age(iso, props = {}) {
  const at = Date.parse(iso);
  const told = { datetime: iso, title: utcText(at), "data-since": at, ...props };
  return h("time", told, durationText(now() - at));
}

/** A time to come, and how long it is until then: 12:03:21, in 14 s. */
export function until(iso) {
  const at = Date.parse(iso);
  return [moment(iso), ", ", h("time", { datetime: iso, "data-until": at }, untilText(at))];
}

export function untilText(at) {
  const left = at - now();
  return left <= 0 ? "any moment now" : `in ${durationText(left)}`;
}

/** Bring every age and every time to come in the document up to date. */
export function tick() {
  for (const each of document.querySelectorAll("time[data-since]")) {
    write(each, durationText(now() - Number(each.dataset.since)));
  }
  for (const each of document.querySelectorAll("time[data-until]")) {
    write(each, untilText(Number(each.dataset.until)));
  }
}

function write(element, text) {
  const [node] = element.childNodes;
  if (node && node.data !== text) node.data = text;
}

/** Name the time zone, and how far it is from UTC now. */
export function zoneText() {
  const minutes = -new Date().getTimezoneOffset();
  const size = Math.abs(minutes);
  const offset = `${minutes < 0 ? "−" : "+"}${Math.floor(size / 60)}${size % 60 ? `:${TWO(size % 60)}` : ""}`;
  const { timeZone } = Intl.DateTimeFormat().resolvedOptions();
  return minutes === 0 && /^(UTC|Etc\/UTC)$/.test(timeZone) ? "UTC" : `${timeZone}, UTC${offset}`;
}
