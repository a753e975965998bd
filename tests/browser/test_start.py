"""A run is started from the form, whose fields are the flow's, and watched until it has ended."""

from __future__ import annotations

import pytest
from playwright.sync_api import Locator, expect

from local.emulator.catalogue import FINANCE_CONNECTION, POST_INVOICE, REGISTER_SUPPLIER
from tests.support.broker import Json
from tests.support.console import Console


@pytest.fixture
def form(console: Console) -> Locator:
    """The form, with a flow and a connection chosen."""
    app = console.app
    app.until(app.start())  # a connection that was used is offered by its name
    console.open("start")
    form = console.page.get_by_role("main").locator("form")
    form.get_by_label("Desktop flow").select_option(label=POST_INVOICE.name)
    form.get_by_label("Connection").select_option(f"1:{FINANCE_CONNECTION}")
    expect(form.get_by_label("InvoiceNumber")).to_be_visible()
    return form


def runs_of(console: Console, correlation_id: str) -> list[Json]:
    asked = {"correlationId": correlation_id}
    found: list[Json] = console.app.http.get("/runs", params=asked).json()["value"]
    return found


def test_a_run_is_started_from_the_form_and_seen_to_succeed(
    console: Console, form: Locator
) -> None:
    """Nothing is pressed after the start: the page shows by itself what becomes of the run."""
    console.app.dataverse.hold("machines")
    expect(form.get_by_label("Currency")).to_have_value("EUR")
    form.get_by_label("InvoiceNumber").fill("2026-0815")
    form.get_by_label("Amount").fill("1234567890123456.70")
    form.get_by_label("Correlation id").fill("from the form")
    form.get_by_role("button", name="Start the run").click()
    expect(console.notice()).to_contain_text("it is accepted")
    expect(console.heading()).to_contain_text("Running")
    console.app.dataverse.release("machines")
    expect(console.heading()).to_contain_text("Succeeded")
    expect(console.heading()).to_contain_text(POST_INVOICE.name)
    console.press("Show outputs")
    expect(console.page.get_by_role("region", name="Outputs")).to_contain_text("2026-0815")
    (run,) = runs_of(console, "from the form")
    sent = console.app.dataverse.session(run["flowSessionId"]).inputs or ""
    assert '"Amount":1234567890123456.70' in sent.replace(" ", ""), "it keeps its digits"


def test_a_second_press_is_the_same_run(console: Console, form: Locator) -> None:
    """Back from the run, and after a reload, the form says what it has started."""
    form.get_by_label("InvoiceNumber").fill("2026-0816")
    form.get_by_label("Amount").fill("1")
    form.get_by_label("Correlation id").fill("pressed twice")
    form.get_by_role("button", name="Start the run").dblclick()
    expect(console.heading()).to_contain_text(POST_INVOICE.name)
    console.page.go_back()
    expect(form).to_contain_text("This form has started run")
    console.page.reload()
    expect(form).to_contain_text("This form has started run")
    expect(form.get_by_role("button", name="Start the run")).to_have_count(0)
    assert len(runs_of(console, "pressed twice")) == 1
    key = form.locator("code").last.inner_text()
    form.get_by_role("button", name="Start another").click()
    expect(form.locator("code").last).not_to_have_text(key)


def test_an_answer_that_is_lost_makes_no_second_run(console: Console, form: Locator) -> None:
    """Whether it was accepted is not known then, and the page says what to do: press again."""
    console.watch.expect(r"net::ERR_FAILED")
    lost = []

    def lose(route: object) -> None:
        lost.append(route.fetch().status)  # type: ignore[attr-defined]  # a Route
        route.abort()  # type: ignore[attr-defined]  # a Route

    console.page.route("**/api/runs", lose, times=1)
    form.get_by_label("InvoiceNumber").fill("2026-0817")
    form.get_by_label("Amount").fill("1")
    form.get_by_label("Correlation id").fill("lost answer")
    form.get_by_role("button", name="Start the run").click()
    expect(form).to_contain_text("the same key makes no second run")
    assert lost == [202]
    form.get_by_role("button", name="Start the run").click()
    expect(console.heading()).to_contain_text(POST_INVOICE.name)
    assert len(runs_of(console, "lost answer")) == 1


def test_what_does_not_fit_the_flow_is_told_beside_its_field(
    console: Console, form: Locator
) -> None:
    """Also what only the app finds; nothing is started."""
    form.get_by_label("InvoiceNumber").fill("2026-0818")
    form.get_by_label("Amount").fill("much")
    form.get_by_label("Time-out").fill("0.5")
    form.get_by_label("Correlation id").fill("does not fit")
    form.get_by_role("button", name="Start the run").click()
    alerts = form.get_by_role("alert")
    expect(alerts.filter(has_text="Amount must be a number")).to_be_visible()
    expect(alerts.filter(has_text="must be a whole number")).to_be_visible()
    form.get_by_label("Amount").fill("1")
    form.get_by_label("Time-out").fill("99999")
    console.watch.expect("status of 400")
    form.get_by_role("button", name="Start the run").click()
    expect(alerts.filter(has_text="Time-out in seconds must be").first).to_be_visible()
    assert runs_of(console, "does not fit") == []


def test_each_kind_of_input_has_its_field_and_a_secret_is_shown_to_nobody(
    console: Console, form: Locator
) -> None:
    form.get_by_label("Desktop flow").select_option(label=REGISTER_SUPPLIER.name)
    secret = form.get_by_label("PortalPassword")
    expect(secret).to_have_attribute("type", "password")
    secret.fill("open sesame")
    expect(form.get_by_label("Preferred")).to_have_value("false")
    form.get_by_label("Name").fill("ACME")
    form.get_by_label("Contacts").fill('["Ann", "Bob"]')
    page = console.page
    page.get_by_text("curl", exact=True).click()
    expect(page.get_by_role("main")).to_contain_text("ACME")
    expect(page.get_by_role("main")).not_to_contain_text("open sesame")
    assert "open sesame" not in page.evaluate("JSON.stringify({...sessionStorage})")
    form.get_by_role("button", name="Start the run").click()
    expect(console.heading()).to_contain_text("Succeeded")
