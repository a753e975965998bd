// What the console's modules promise where no browser is needed; run by test_console_modules.py.

import assert from "node:assert/strict";
import test from "node:test";

const stored = new Map();
globalThis.sessionStorage = {
  getItem: (name) => stored.get(name) ?? null,
  setItem: (name, text) => stored.set(name, text),
  clear: () => stored.clear(),
};
const at = (name) => import(new URL(`../../../shared/console/${name}`, import.meta.url));
const { Digits, jsonOf, pythonOf } = await at("digits.js");
const { durationText, momentText, utcText } = await at("time.js");
const { anotherKey, fieldsOf, keepForm, requestOf, startForm } = await at("start-form.js");
const { stretchesOf } = await at("timeline.js");
const { slotsOf, windowText } = await at("window-picture.js");
const { RunsList } = await at("runs-list.js");
const { asked, filtersOf } = await at("runs-query.js");
const { becameText, doing, isKnownLate, knownLate, shortId, waiting } = await at("words.js");
const { actButton } = await at("act-button.js");
const { guessAccess, learnAccess } = await at("access.js");
const { queues, queueTitle } = await at("messages.js");

const iso = (seconds) => new Date(Date.UTC(2026, 10, 26, 12, 0, seconds)).toISOString();
const textOf = (parts) =>
  [parts].flat(9).map((each) => (typeof each === "object" ? textOf(each.children) : each)).join("");

test("an amount keeps the digits that it is written with", () => {
  const body = { Amount: new Digits("119.50"), Notes: ['say "x"', null, true], Empty: {} };
  assert.equal(jsonOf(body), '{"Amount":119.50,"Notes":["say \\"x\\"",null,true],"Empty":{}}');
  assert.equal(pythonOf([null, false, new Digits("1e3")], ""), "[\n    None,\n    False,\n    1e3\n]");
});

test("a duration is told in the two units that matter", () => {
  const told = [0, 400, 59_400, 61_000, 3_600_000 * 2 + 300_000, 86_400_000 * 3 + 4 * 3_600_000];
  const texts = ["0 s", "0.4 s", "59 s", "1 min 01 s", "2 h 05 min", "3 d 4 h"];
  assert.deepEqual(told.map(durationText), texts);
  assert.equal(durationText(-5_000), "0 s");
});

test("a time of another day tells its day", () => {
  assert.match(momentText(Date.now()), /^\d\d:\d\d:\d\d$/);
  assert.match(momentText(Date.UTC(2020, 0, 5, 12)), /^5 Jan 2020 \d\d:\d\d:\d\d$/);
  assert.equal(utcText(Date.UTC(2026, 0, 5, 12, 3, 21, 7)), "2026-01-05 12:03:21 UTC");
});

test("a start is what the form says, and each fault is named by its field", () => {
  const schema = {
    required: ["Amount"],
    properties: {
      Amount: { type: "number" },
      Paid: { type: "boolean", default: false },
      Kind: { type: "string", enum: ["a", "b"] },
      Lines: { type: "array" },
      Pin: { type: "string", format: "password" },
    },
  };
  const fields = fieldsOf(schema);
  assert.deepEqual(fields.filter((each) => each.secret).map((each) => each.name), ["Pin"]);
  const form = startForm();
  Object.assign(form, { workflowId: "a flow", connection: "2:dfb_Finance:1", timeout: "9x" });
  form.inputs = { Amount: "12,5", Paid: "false", Kind: "b", Lines: "[1.0", Pin: "" };
  assert.deepEqual(Object.keys(requestOf(fields).faults).sort(), [
    "inputs.Amount",
    "inputs.Lines",
    "timeout",
  ]);
  Object.assign(form, { timeout: "60", inputs: { ...form.inputs, Amount: "12.50", Lines: "[]" } });
  const { body, faults } = requestOf(fields);
  assert.deepEqual(faults, {});
  assert.equal(
    jsonOf(body),
    '{"workflowId":"a flow","connectionName":"dfb_Finance:1","connectionType":2,' +
      '"runMode":"unattended","timeout":60,' +
      '"inputs":{"Amount":12.50,"Paid":false,"Kind":"b","Lines":[]},"validateInputs":true}',
  );
});

test("the key of a start stays until another run is wanted", () => {
  const { key } = startForm();
  assert.equal(startForm().key, key);
  anotherKey();
  assert.notEqual(startForm().key, key);
});

const RUN = {
  runId: "npb6t67320m64hjd-vubnj2ogmi5qdmpcoihsj3sm0h",
  status: "Running",
  createdAt: iso(0),
  submittedAt: iso(4),
  startedAt: iso(10),
  history: null,
};

test("a life is told by its times where the app keeps no history", () => {
  const words = stretchesOf(RUN).map(({ word, from, to }) => [word, from, to ?? null]);
  assert.deepEqual(words, [
    ["Queued", iso(0), iso(4)],
    ["Waiting for a machine", iso(4), iso(10)],
    ["Running", iso(10), null],
  ]);
});

test("what is left out of a long life is said, and the last stretch tells why it lasts", () => {
  const history = [
    { status: "Queued", from: iso(0), to: iso(1), reason: null },
    { status: "Queued", from: iso(30), to: null, reason: null },
  ];
  const run = { ...RUN, status: "Queued", history, waitingFor: { message: "It waits." } };
  const parts = stretchesOf(run);
  assert.deepEqual(parts.map((each) => each.gap), [false, true]);
  assert.equal(parts[1].reason.message, "It waits.");
});

test("a window is told in words as it is in cells", () => {
  const freeing = [{ at: iso(9), slots: 2 }, { at: iso(5), slots: 1 }];
  const window = { slots: 6, free: 1, inFlight: 2, freeing };
  const { held, used } = slotsOf({ window });
  assert.deepEqual([held[0], held.length, used], [Date.parse(iso(5)), 3, 0]);
  assert.equal(windowText({ window }), "1 of 6 slots free, 2 in flight, 3 held");
});

test("a run that waits says why and until when", () => {
  const waitingFor = { code: "LanePaused", message: "Month end (Ann)", until: null };
  const run = { ...RUN, status: "Queued", startedAt: null, waitingFor, place: 0, placeIsExact: true };
  assert.equal(textOf(doing(run)), "It waits in the backlog to be submitted.");
  assert.equal(
    textOf(waiting(run)),
    "Month end (Ann). It is the next of its lane. It waits until somebody resumes the lane.",
  );
  assert.equal(shortId(run.runId), "…hsj3sm0h");
});

test("filters are read from the address and asked for at the API", () => {
  const filters = filtersOf(new URLSearchParams("status=Failed,Running&q=order-1&since=1h"));
  const { status, search, createdAfter, connectionName } = asked(filters, "");
  assert.deepEqual([status, search, connectionName], ["Failed,Running", "order-1", ""]);
  assert.ok(Date.now() - Date.parse(createdAfter) >= 3_600_000);
});

test("every queue is listed, with its count where that is told", () => {
  const counted = queues([{ queue: "wakeups-poison", kind: "Poison", count: 2 }]);
  assert.deepEqual(counted.map((each) => each.count), [0, 0, 2, 0]);
  assert.equal(queueTitle(counted[2].queue), "Wake-ups given up");
});

test("what has become of a run is a sentence", () => {
  const told = ["Succeeded", "TimedOut", "Cancelled", "Queued"].map((status) => becameText({ status }));
  assert.deepEqual(told, [
    "The run has succeeded.",
    "The run has timed out.",
    "The run is cancelled.",
    "The run is queued.",
  ]);
});

test("an act cannot be pressed until it is known that the key may, and is not there if not", () => {
  const disabled = () => actButton("Cancel run …", () => {})?.props.disabled;
  assert.equal(disabled(), true);
  guessAccess();
  assert.equal(disabled(), false);
  learnAccess("ReadOnly");
  guessAccess();
  assert.equal(disabled(), undefined);
  learnAccess("Full");
  assert.equal(disabled(), false);
});

test("an end that became known late says so with both times", () => {
  const run = { completedAt: iso(0), endedAt: iso(250), decision: null };
  const [done, known] = [momentText(Date.parse(iso(0))), momentText(Date.parse(iso(250)))];
  assert.equal(isKnownLate(run), true);
  assert.equal(
    textOf(knownLate(run)),
    `The robot was done at ${done}. That became known at ${known}, 4 min 10 s later: no callback of` +
      " Dataverse told it in time. Where many runs say so, callbacks do not arrive.",
  );
});

test("an end that was told at once, is not there, or was adopted is not known late", () => {
  const run = { completedAt: iso(0), endedAt: iso(2), decision: null };
  assert.equal(isKnownLate(run), false);
  assert.equal(isKnownLate({ ...run, completedAt: null, endedAt: iso(99) }), false);
  assert.equal(isKnownLate({ ...run, endedAt: null }), false);
  assert.equal(isKnownLate({ ...run, endedAt: iso(99), decision: { action: "adopt" } }), false);
});

test("inputs that are secret, or may be, are not kept over a reload", () => {
  const form = startForm();
  Object.assign(form, { inputs: { Pin: "1234", Kind: "a" }, json: '{"Pin": "5678"}' });
  keepForm((name) => name === "Pin");
  const kept = JSON.stringify([...stored]);
  assert.match(kept, /Kind/);
  assert.doesNotMatch(kept, /1234|5678/);
});

/** Answer each request by its path and query, and count them. */
function answering(answers) {
  const requests = [];
  globalThis.fetch = async (url) => {
    const { pathname, search } = new URL(url);
    requests.push(pathname + search);
    const found = Object.entries(answers).find(([part]) => (pathname + search).includes(part));
    const [, body] = found ?? ["", { error: { code: "RunNotFound", message: "none" } }];
    return new Response(JSON.stringify(body), { status: found ? 200 : 404 });
  };
  return requests;
}

const listed = (number, status = "Running") => ({
  runId: `lane-${String(number).padStart(3, "0")}`,
  status,
  createdAt: iso(number),
});
const page = (...value) => ({ value, continuationToken: null });

test("rows stay where they are, and newer ones are counted", async () => {
  const list = new RunsList(filtersOf(new URLSearchParams()), "");
  answering({ "/runs?": page(listed(2), listed(1)) });
  assert.equal(await list.read(), true);
  answering({ "/runs?": page(listed(4), listed(3), listed(2, "Succeeded"), listed(1, "Failed")) });
  assert.equal(await list.read(), false);
  assert.deepEqual(
    list.rows.map((run) => [run.runId, run.status]),
    [["lane-002", "Succeeded"], ["lane-001", "Failed"]],
  );
  assert.deepEqual([list.newer, list.newerAtTop], [2, true]);
  list.forget();
  await list.read();
  assert.deepEqual([list.rows.length, list.newer], [4, 0]);
});

test("a row that the filters let through no longer is looked at by itself, a few at a time", async () => {
  const list = new RunsList(filtersOf(new URLSearchParams("status=Running")), "");
  const runs = Array.from({ length: 6 }, (_, index) => listed(9 - index));
  answering({ "/runs?": page(...runs) });
  await list.read();
  const one = { "/runs/lane-009": listed(9, "Succeeded"), "/runs/lane-008": listed(8, "Failed") };
  const requests = answering({ "/runs?": page(), ...one });
  await list.read();
  assert.equal(requests.length, 5);
  assert.deepEqual(list.rows.slice(0, 3).map((run) => run.status), ["Succeeded", "Failed", "Running"]);
  assert.equal(list.newer, 0);
});

test("who is told of an end is the receiver and each engine, as far as its address is told", async () => {
  const { isGivenUp, isTelling, toldOf } = await at("told.js");
  const engine = (status) => ({ host: "engine.example.org", status });
  const run = { status: "Succeeded", notification: null, notifyUrl: null, waiters: [] };
  assert.deepEqual(toldOf(run), []);
  const waits = { ...run, status: "Running", waiters: [engine("Waiting")] };
  assert.equal(toldOf(waits)[0].at, "engine.example.org");
  assert.ok(!isTelling(waits));
  const both = { ...run, notifyUrl: "https://r", notification: { status: "Delivered" } };
  both.waiters = [engine("Pending"), engine("GivenUp")];
  assert.deepEqual(toldOf(both).map((each) => each.status), ["Delivered", "Pending", "GivenUp"]);
  assert.ok(isTelling(both) && isGivenUp(both));
});

test("the last hour is a bar for each minute, and its words tell the most of them", async () => {
  const { drawHour, rateText } = await at("rate-picture.js");
  const lane = { limit: 70, submittedByMinute: [3, 0, 70, 12] };
  assert.equal(rateText(lane), "85 starts in the last hour, at most 70 in a minute");
  assert.equal(rateText({ limit: 70, submittedByMinute: [] }), "no start in the last hour");
  const [path] = drawHour(lane).children;
  assert.equal(path.props.d.split("M").length - 1, 60);
});
