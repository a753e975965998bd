"""What `make up ARGS=--demo` shows: judged by axe in light and dark, and taken as pictures.

With SCREENSHOTS=<folder> the pictures are kept there (`make screenshots`: docs/images).
"""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import pytest
from playwright.sync_api import Browser, expect

from local import showing
from local.emulator.catalogue import FINANCE_CONNECTION
from tests.support.broker import Broker, Json, broker
from tests.support.browsing import violations, watched
from tests.support.console import Console
from tests.support.patience import until

Scheme = Literal["light", "dark"]
SCHEMES: tuple[Scheme, ...] = ("light", "dark")
KEPT = os.environ.get("SCREENSHOTS")


@dataclass(frozen=True)
class Scene:
    """The app of `make up ARGS=--demo`, and what starts runs there."""

    app: Broker
    runs: showing.Showing


@pytest.fixture(scope="module")
def scene(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Scene]:
    folder = tmp_path_factory.mktemp("broker")
    with broker(folder, settings=showing.SETTINGS, **showing.EMULATOR) as app:
        runs = showing.Showing(app.azurite, app.emulator, app.hosts[0])
        runs.begin()
        yield Scene(app, runs)
        runs.close()


@pytest.fixture(scope="module")
def shown(scene: Scene) -> Broker:
    """The app, once there is something of everything."""
    until(lambda: len(found(scene.app, needsOperator="true")) == 2, "nobody is needed")
    until(lambda: found(scene.app, status="Failed"), "no robot has failed")
    until(lambda: found(scene.app, status="Succeeded"), "no robot has succeeded")
    return scene.app


@pytest.fixture(scope="module")
def busy(scene: Scene, shown: Broker) -> Broker:
    """The app while many runs wait for their turn, however long that took."""
    scene.runs.crowd()
    return shown


def found(app: Broker, **query: str) -> list[Json]:
    runs: list[Json] = app.http.get("/runs", params=query).json()["value"]
    return runs


@pytest.fixture(params=SCHEMES)
def console(shown: Broker, browser: Browser, request: pytest.FixtureRequest) -> Iterator[Console]:
    with watched(browser, color_scheme=request.param) as (page, watch):
        yield Console(page, watch, shown)


def finance(app: Broker) -> str:
    """Give the id of the lane with the backlog."""
    lanes = app.http.get("/lanes").json()["value"]
    return str(
        next(each["laneId"] for each in lanes if each["connectionName"] == FINANCE_CONNECTION)
    )


def run_of(**query: str) -> Callable[[Broker], str]:
    return lambda app: f"runs/{found(app, **query)[0]['runId']}"


VIEWS: dict[str, Callable[[Broker], str]] = {
    "lanes": lambda _: "lanes",
    "lane": lambda app: f"lanes/{finance(app)}",
    "runs": lambda _: "runs",
    "no runs": lambda _: "runs?status=TimedOut",
    "waiting": run_of(connectionName="shared-hr-01", status="Queued"),
    "undecided": run_of(needsOperator="true"),
    "failed": run_of(status="Failed"),
    "ended": run_of(status="Succeeded"),
    "start": lambda _: "start",
    "messages": lambda _: "messages",
}


def settled(console: Console) -> None:
    """Wait until a view shows what it is for, and what needs somebody."""
    expect(console.heading()).to_be_visible()
    expect(console.page.get_by_role("navigation", name="Views")).to_contain_text("need you")
    expect(console.page.get_by_role("main")).not_to_contain_text(re.compile("[Rr]eading"))


def test_axe_finds_nothing_in_any_view_in_light_and_dark(console: Console) -> None:
    console.open_door()
    broken = {"door": violations(console.page)}
    console.give(console.key)
    for name, view in VIEWS.items():
        console.go(view(console.app))
        settled(console)
        broken[name] = violations(console.page)
    console.go("lanes")
    settled(console)
    console.press(f"Pause {FINANCE_CONNECTION}")
    broken["dialog"] = violations(console.page)
    console.page.keyboard.press("Escape")
    console.page.keyboard.press("?")
    broken["keys"] = violations(console.page)
    told = [f"{name}: {fault}" for name, faults in broken.items() for fault in faults]
    assert not told, "\n\n".join(told)


def test_whoever_wants_less_motion_has_none(shown: Broker, browser: Browser) -> None:
    with watched(browser, reduced_motion="reduce") as (page, watch):
        console = Console(page, watch, shown)
        console.open()
        settled(console)
        moving = page.evaluate(
            "document.getAnimations().filter((each) => each.playState === 'running').length"
        )
        assert moving == 0


@pytest.mark.parametrize(
    ("name", "view", "scheme", "width"),
    [
        ("lanes", "lanes", "light", 1280),
        ("runs", "runs", "light", 1280),
        ("run-waiting", "waiting", "dark", 1280),
        ("run-undecided", "undecided", "light", 1280),
        ("run-failed", "failed", "light", 1280),
        ("start", "start", "light", 1280),
        ("phone", "lanes", "dark", 360),
    ],
)
def test_each_view_is_worth_a_picture(  # noqa: PLR0917 - of a table
    busy: Broker,
    browser: Browser,
    tmp_path: Path,
    name: str,
    view: str,
    scheme: Scheme,
    width: int,
) -> None:
    size = {"width": width, "height": 800 if width > 600 else 720}
    with watched(browser, color_scheme=scheme, viewport=size) as (page, watch):
        console = Console(page, watch, busy)
        console.open(VIEWS[view](busy))
        settled(console)
        if view == "start":
            form = page.get_by_role("main").locator("form")
            form.get_by_label("Desktop flow").select_option(label="Post invoice")
            form.get_by_label("Connection").select_option(index=1)
            form.get_by_label("InvoiceNumber").fill("2026-0815")
        file = Path(KEPT or tmp_path) / f"{name}.png"
        page.screenshot(path=file, animations="disabled")
    assert file.read_bytes().startswith(b"\x89PNG")
