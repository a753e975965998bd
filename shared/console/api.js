// Calls the API: with the key as a header, and with the tag of what was answered last.

import { key } from "./key.js";
import { learnClock } from "./time.js";

const BASE = new URL("../", import.meta.url);
const PATIENCE_MS = 30_000;
const KEPT = 24;
const answered = new Map();
let refused = () => {};

/** An answer that is none: `status` 0 where the app cannot be reached. */
export class ApiError extends Error {
  constructor(status, problem, retryAfter) {
    super(problem?.message ?? said(status));
    this.status = status;
    this.code = problem?.code ?? null;
    this.details = problem?.details ?? [];
    this.candidates = problem?.innererror?.candidates ?? [];
    this.retryAfter = retryAfter;
  }

  /** Whether it says something of the app rather than of what was asked for. */
  get passes() {
    return this.status === 0 || this.status === 429 || this.status >= 500;
  }
}

function said(status) {
  if (status === 0) return "The app cannot be reached.";
  if (status === 401) return "The app does not accept this key.";
  if (status === 403) return "This key may not do that.";
  if (status === 404) return "The app has no such call, or nothing of this name.";
  return `The app answered ${status}.`;
}

/** Have `how` called when the app does not accept the key. */
export function onRefused(how) {
  refused = how;
}

export function addressOf(path, query) {
  const url = new URL(path, BASE);
  for (const [name, value] of Object.entries(query ?? {})) {
    if (value !== undefined && value !== null && value !== "") url.searchParams.set(name, value);
  }
  return url;
}

/** Read; the body is the very same object where nothing has changed. `as`: a key that is tried. */
export async function get(path, { query, signal, parse = JSON.parse, as } = {}) {
  const url = addressOf(path, query).href;
  const known = answered.get(url);
  const headers = known ? { "If-None-Match": known.tag } : {};
  const response = await call(url, { headers, signal, as });
  if (response.status === 304 && known) return known.body;
  const body = await bodyOf(response, parse);
  const tag = response.headers.get("ETag");
  answered.delete(url);
  if (tag) answered.set(url, { tag, body });
  if (answered.size > KEPT) answered.delete(answered.keys().next().value);
  return body;
}

/** Ask for something to be done; `text` is the body as it is sent. */
export async function send(method, path, { text, body, headers = {}, signal } = {}) {
  const content = text ?? (body === undefined ? undefined : JSON.stringify(body));
  const typed = content === undefined ? {} : { "Content-Type": "application/json" };
  const options = { method, body: content, headers: { ...typed, ...headers }, signal };
  const response = await call(addressOf(path).href, options);
  return { status: response.status, body: await bodyOf(response, JSON.parse) };
}

async function call(url, { headers, signal, as = key(), ...options }) {
  const sent = as ? { ...headers, "x-functions-key": as } : headers;
  const began = Date.now();
  let response;
  try {
    response = await fetch(url, {
      ...options,
      headers: sent,
      signal: bounded(signal),
      cache: "no-store",
      credentials: "same-origin",
      redirect: "error",
    });
  } catch (error) {
    if (signal?.aborted) throw error;
    throw new ApiError(0);
  }
  learnClock(response.headers.get("Date"), began);
  if (response.status === 401) refused();
  return response;
}

function bounded(signal) {
  const patience = AbortSignal.timeout(PATIENCE_MS);
  return signal ? AbortSignal.any([signal, patience]) : patience;
}

/** Read a body; the host's own errors have none, so their status alone counts. */
async function bodyOf(response, parse) {
  const again = Number(response.headers.get("Retry-After")) || null;
  let body = null;
  let readable = true;
  try {
    const text = await response.text();
    body = text ? parse(text) : null;
  } catch {
    readable = false;
  }
  if (!response.ok) throw new ApiError(response.status, body?.error, again);
  if (!readable) throw new ApiError(0);
  return body;
}
