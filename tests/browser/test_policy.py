"""The Content-Security-Policy is tested by violating it: each attempt is stopped and told."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest
from playwright.sync_api import Page, Route, expect

from tests.support.console import Console
from tests.support.patience import until

ELSEWHERE = "https://elsewhere.example"
LISTENING = """
    window.told = [];
    document.addEventListener("securitypolicyviolation", (event) => {
        window.told.push(event.effectiveDirective);
    });
"""
"""Set before the page begins, by the browser itself: no policy stops that."""

TYPES = "require-trusted-types-for"
IN_THE_DOCUMENT = [
    ("<script>window.ran = true</script>", "script-src-elem"),
    (f'<script src="{ELSEWHERE}/x.js"></script>', "script-src-elem"),
    ('<details open ontoggle="window.ran = true"></details>', "script-src-attr"),
    ('<p style="position: fixed">styled</p>', "style-src-attr"),
    ("<style>body { visibility: hidden }</style>", "style-src-elem"),
    (f'<link rel="stylesheet" href="{ELSEWHERE}/x.css">', "style-src-elem"),
    (f'<img alt="" src="{ELSEWHERE}/x.png">', "img-src"),
    (f'<iframe title="x" src="{ELSEWHERE}/"></iframe>', "frame-src"),
    (f'<object data="{ELSEWHERE}/x"></object>', "object-src"),
    (f'<base href="{ELSEWHERE}/">', "base-uri"),
]
IN_A_MODULE = [
    ("eval('window.ran = true')", TYPES),
    ("new Function('window.ran = true')()", TYPES),
    ("setTimeout('window.ran = true')", TYPES),
    ("document.body.innerHTML = '<b>written</b>'", TYPES),
    ("document.createElement('script').text = 'window.ran = true'", TYPES),
    (f"fetch('{ELSEWHERE}/')", "connect-src"),
    (f"navigator.sendBeacon('{ELSEWHERE}/')", "connect-src"),
    (f"import('{ELSEWHERE}/x.js')", "script-src-elem"),
]


@pytest.fixture
def attacked(console: Console) -> Iterator[Console]:
    """The page, with what the policy stops taken for what it is."""
    console.watch.expect(r"")
    console.page.add_init_script(LISTENING)
    yield console
    assert console.page.evaluate("window.ran") is None, "what was to be stopped has run"


def serve_with(page: Page, address: re.Pattern[str], after: str, more: str) -> None:
    """Let a file of the page have more in it; its headers stay as the app sends them."""

    def add(route: Route) -> None:
        answer = route.fetch()
        body = answer.text()
        assert after in body
        route.fulfill(response=answer, body=body.replace(after, f"{after}{more}", 1))

    page.route(address, add)


def told(console: Console) -> list[str]:
    found: list[str] = console.page.evaluate("window.told")
    return found


@pytest.mark.parametrize(("markup", "directive"), IN_THE_DOCUMENT)
def test_what_a_document_may_not_hold_is_stopped_and_told(
    attacked: Console, markup: str, directive: str
) -> None:
    shell = re.compile(r"/api/console$")
    serve_with(attacked.page, shell, "</head>" if "<base" not in markup else "<head>", markup)
    attacked.page.goto(attacked.address)
    until(lambda: directive in told(attacked), lambda: told(attacked))


@pytest.mark.parametrize(("statement", "directive"), IN_A_MODULE)
def test_what_a_module_may_not_do_is_stopped_and_told(
    attacked: Console, statement: str, directive: str
) -> None:
    attempt = f"\ntry {{ {statement} }} catch (error) {{ window.caught = error.name }}\n"
    serve_with(attacked.page, re.compile(r"/console/app\.js$"), "", attempt)
    attacked.page.goto(attacked.address)
    until(lambda: directive in told(attacked), lambda: told(attacked))


def test_a_form_is_sent_nowhere(attacked: Console) -> None:
    attacked.open_door()
    attacked.page.evaluate(
        """(elsewhere) => {
            const form = document.createElement("form");
            form.action = elsewhere;
            document.body.append(form);
            form.requestSubmit();
        }""",
        ELSEWHERE,
    )
    until(lambda: "form-action" in told(attacked), lambda: told(attacked))
    assert attacked.page.url.startswith(attacked.address)


def test_no_other_page_can_hold_the_console_in_a_frame(console: Console) -> None:
    """Whoever could lay something over it would have an operator press what he does not see."""
    console.watch.expect(r"frame|X-Frame-Options|chrome-error")
    outer = (
        f'<!doctype html><title>outer</title><iframe title="x" src="{console.address}"></iframe>'
    )
    console.page.route(
        re.compile(r"/api/outer$"),
        lambda route: route.fulfill(body=outer, content_type="text/html"),
    )
    console.page.goto(console.address.replace("/console", "/outer"))
    until(lambda: console.watch.faults, "nothing was told")
    expect(console.page.frame_locator("iframe").get_by_role("heading")).to_have_count(0)


def test_the_page_keeps_the_key_out_of_the_address_and_of_what_outlives_the_tab(
    console: Console,
) -> None:
    console.open()
    key = console.key
    page = console.page
    assert key not in page.url
    assert key not in str(page.evaluate("({...localStorage})"))
    assert not page.context.cookies()
    assert not [each for each in console.watch.requests if key in each]
