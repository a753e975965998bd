// A page of runs that stays: its rows are brought up to date, newer ones wait to be asked for.

import { ApiError, get } from "./api.js";
import { readRuns, TOP } from "./runs-query.js";
import { isFinal } from "./words.js";

/** So many rows that the page no longer holds are looked at by themselves in one round. */
const LOOKS = 4;

export class RunsList {
  constructor(filters, page) {
    this.filters = filters;
    this.page = page;
    this.rows = null;
    this.older = null;
    this.newer = 0;
    this.newerAtTop = true;
    this.more = false;
    this.turn = 0;
  }

  /** Whether a row may still change. */
  get moves() {
    return this.rows?.some((run) => !isFinal(run)) ?? true;
  }

  /** Read the page again; true if something moves. */
  async read(signal) {
    const answer = await readRuns(this.filters, this.page, signal);
    this.older = answer.continuationToken;
    if (!this.rows?.length) this.take(answer.value);
    else await this.merge(answer.value, signal);
    return this.moves;
  }

  /** Show what is new from the next reading on. */
  forget() {
    this.rows = null;
    this.newer = 0;
  }

  take(runs) {
    this.rows = runs;
    this.newer = 0;
  }

  async merge(runs, signal) {
    const now = new Map(runs.map((run) => [run.runId, run]));
    const shown = new Set(this.rows.map((run) => run.runId));
    const first = Date.parse(this.rows[0].createdAt);
    const last = Date.parse(this.rows.at(-1).createdAt);
    const others = runs.filter((run) => !shown.has(run.runId) && Date.parse(run.createdAt) >= last);
    this.newer = others.length;
    this.more = others.length >= TOP;
    this.newerAtTop = others.every((run) => Date.parse(run.createdAt) >= first);
    this.rows = this.rows.map((run) => now.get(run.runId) ?? run);
    const gone = this.rows.filter((run) => !now.has(run.runId) && !isFinal(run));
    await this.look(gone, signal);
  }

  /** A run that the filters no longer let through goes on all the same: its row tells the truth. */
  async look(runs, signal) {
    if (!runs.length) return;
    const from = this.turn % runs.length;
    this.turn += LOOKS;
    const turn = [...runs.slice(from), ...runs.slice(0, from)].slice(0, LOOKS);
    const read = await Promise.all(turn.map((run) => readOne(run, signal)));
    const known = new Map(read.map((run) => [run.runId, run]));
    this.rows = this.rows.map((run) => known.get(run.runId) ?? run);
  }
}

async function readOne(run, signal) {
  try {
    return await get(`runs/${run.runId}`, { signal });
  } catch (error) {
    if (error instanceof ApiError && error.status === 404) return run;
    throw error;
  }
}
