"""A page that stays open all day does not grow: what is shown changes, and nothing is left over."""

from __future__ import annotations

from playwright.sync_api import expect

from shared.domain.run import RunStatus
from tests.support.console import Console
from tests.support.patience import until

UPDATES = 1_800
"""As many as an hour has while something moves."""

WARM = 200
LEEWAY_BYTES = 1_000_000
STATES = list(RunStatus)


def heap(console: Console) -> float:
    """Measure the page's memory, in bytes, once what nobody needs is thrown away."""
    session = console.page.context.new_cdp_session(console.page)
    session.send("Performance.enable")
    session.send("HeapProfiler.collectGarbage")
    metrics = session.send("Performance.getMetrics")["metrics"]
    session.detach()
    return float(next(each["value"] for each in metrics if each["name"] == "JSHeapUsedSize"))


ANSWERS = """([runs, needs, states]) => {
    const ask = window.fetch;
    const answer = (body) => new Response(JSON.stringify(body), {
        status: 200, headers: {"Content-Type": "application/json"},
    });
    window.turns = 0;
    window.fetch = async (request, options) => {
        const address = request.url ?? String(request);
        if (address.endsWith("/api/attention")) return answer(needs);
        if (!address.includes("/api/runs?")) return ask(request, options);
        window.turns += 1;
        runs.value.forEach((run, number) => {
            run.status = states[(window.turns + number) % states.length];
            run.attempts = window.turns;
        });
        return answer(runs);
    };
}"""
"""Gives each update of the list another state for each run, in the page itself: an hour in a
minute."""

UPDATES_ON = """async (times) => {
    for (let each = 0; each < times; each += 1) {
        const before = window.turns;
        document.body.dispatchEvent(new KeyboardEvent("keydown", {key: "r", bubbles: true}));
        while (window.turns === before) await new Promise((next) => setTimeout(next, 1));
        await new Promise((next) => requestAnimationFrame(() => setTimeout(next, 0)));
    }
}"""


def shows_its_turn(console: Console) -> bool:
    """Say whether the first row shows the state of the last update."""
    shown = "() => [window.turns, document.querySelector('tbody tr').innerText]"
    turns, text = console.page.evaluate(shown)
    return STATES[turns % len(STATES)] in text.replace(" ", "")


def test_memory_is_flat_over_an_hour_of_updates_in_which_every_row_changes(
    console: Console,
) -> None:
    app, page = console.app, console.page
    for each in [app.start() for _ in range(10)]:
        app.until(each)
    console.open("runs")
    rows = page.locator("tbody tr")
    expect(rows).to_have_count(10)
    body, needs = app.http.get("/runs").json(), app.http.get("/attention").json()
    page.evaluate(ANSWERS, [body, needs, STATES])
    page.evaluate(UPDATES_ON, WARM)
    early = heap(console)
    page.evaluate(UPDATES_ON, UPDATES - WARM)
    late = heap(console)
    until(lambda: shows_its_turn(console), "the rows do not change")
    assert late < early + LEEWAY_BYTES, f"from {early:,.0f} to {late:,.0f} bytes"
