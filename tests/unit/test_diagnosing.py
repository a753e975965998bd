"""The doctor's checks one by one; all of them in an app: acceptance/test_doctor.py."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from shared import diagnosis
from shared.domain.finding import Finding, Outcome, failed, not_checked, ok, warning, worst
from shared.http.plain_get import PlainAnswer, PlainGet, UnansweredError, plain_get
from shared.services.diagnosing.callback_check import check_callback_address
from shared.services.diagnosing.clock_check import check_clock
from shared.services.diagnosing.host_json_check import SHIPPED, check_host_json, flat
from shared.services.diagnosing.line import Line
from shared.services.diagnosing.package_checks import check_packages, check_python, pins_for
from shared.services.diagnosing.settings_check import THREADS, check_settings, check_signing_key
from shared.services.diagnosing.storage_checks import check_queue, check_table
from shared.settings import attempt
from shared.settings_reader import SAMPLE_SIGNING_KEY
from shared.storage.table import Entity, Operation, Table
from shared.version import VERSION
from tests.support.wire import says, server

REPOSITORY = Path(__file__).resolve().parents[2]
HOST_JSON = (REPOSITORY / "host.json").read_text()
REQUIREMENTS = (REPOSITORY / "requirements.txt").read_text()
LOCAL = {
    "DATAVERSE_URL": "http://127.0.0.1:8900",
    "CALLBACK_SIGNING_KEY": "a key of thirty-two bytes, or so",
    "RUN_STORAGE": "UseDevelopmentStorage=true",
    THREADS: "48",
}
AT = 1_700_000_000_000


def answer(*, date: int | None = AT, content: bytes = b"", took: int = 0) -> PlainAnswer:
    return PlainAnswer(200, content, AT, AT + took, date)


def silent(_: str) -> PlainAnswer:
    raise UnansweredError("ConnectTimeout")


def one(found: Iterator[Finding]) -> Finding:
    (finding,) = found
    return finding


class TestLine:
    def test_a_check_that_breaks_fails_alone_and_the_next_says_what_it_needs(self) -> None:
        def checks() -> Iterator[Finding]:
            yield ok("first", "well")
            raise RuntimeError("sig=0123456789abcdef0123456789abcdef")

        line = Line(("first", "second", "third"), checks)
        line.work()
        first, second, third = line.findings(ended=True, seconds=1)
        assert first.outcome is Outcome.OK
        assert (second.outcome, third.outcome) == (Outcome.FAILED, Outcome.NOT_CHECKED)
        assert "RuntimeError" in second.detail
        assert "0123456789abcdef" not in second.detail
        assert "second" in third.detail

    def test_a_check_without_end_is_told_and_hides_none_before_it(self) -> None:
        goes_on = threading.Event()

        def checks() -> Iterator[Finding]:
            yield ok("first", "well")
            goes_on.wait()
            yield ok("second", "at last")

        line = Line(("first", "second", "third"), checks)
        worker = threading.Thread(target=line.work)
        worker.start()
        while not line.found:
            worker.join(0.01)
        told = line.findings(ended=False, seconds=40)
        goes_on.set()
        worker.join()
        assert [each.outcome for each in told] == [
            Outcome.OK,
            Outcome.FAILED,
            Outcome.NOT_CHECKED,
        ]
        assert "40 seconds" in told[1].detail


def test_the_worst_finding_counts_and_what_was_not_checked_is_not_well() -> None:
    well, doubt = ok("a", ""), not_checked("b", "")
    assert worst([well]) is Outcome.OK
    assert worst([well, doubt]) is Outcome.WARNING
    assert worst([warning("c", "", "")]) is Outcome.WARNING
    assert worst([doubt, failed("d", "", "")]) is Outcome.FAILED


class TestClock:
    @pytest.mark.parametrize(
        ("date", "took", "apart"),
        [
            (AT, 0, 0),
            (AT - 999, 0, 0),  # the second that was told had not ended
            (AT + 5_000, 5_000, 0),  # it may have been told at the end of the request
            (AT + 7_000, 5_000, 2_000),
            (AT - 3_000, 0, -2_000),
        ],
    )
    def test_clocks_are_apart_by_what_whole_seconds_and_the_way_cannot_explain(
        self, date: int, took: int, apart: int
    ) -> None:
        assert answer(date=date, took=took).apart == apart

    @pytest.mark.parametrize(
        ("date", "outcome"),
        [
            (AT, Outcome.OK),
            (AT + 200, Outcome.OK),
            (AT + 2_000, Outcome.WARNING),
            (AT + 6_000, Outcome.FAILED),
            (AT - 9_000, Outcome.FAILED),
            (None, Outcome.NOT_CHECKED),
        ],
    )
    def test_more_than_the_margin_is_a_warning_and_seconds_are_a_failure(
        self, date: int | None, outcome: Outcome
    ) -> None:
        found = check_clock("clock", "https://x", lambda _: answer(date=date), 250)
        assert one(found).outcome is outcome

    def test_a_service_that_is_silent_says_nothing_of_its_clock(self) -> None:
        assert one(check_clock("clock", "https://x", silent, 250)).outcome is Outcome.NOT_CHECKED

    def test_the_date_of_any_answer_is_read(self) -> None:
        body = (
            b"HTTP/1.1 404 No\r\nDate: Tue, 14 Nov 2023 22:13:20 GMT\r\nContent-Length: 2\r\n\r\n{}"
        )
        with server(says(body)) as there:
            got = plain_get(there.url, 30)
        assert (got.status, got.content, got.date) == (404, b"{}", AT)


class TestHostJson:
    def test_what_the_check_knows_is_the_file(self) -> None:
        """Whoever changes host.json says so in host_json_check.py, and why in docs/deploy.md."""
        assert flat(json.loads(HOST_JSON)) == dict(SHIPPED)
        assert one(check_host_json(HOST_JSON, {})).outcome is Outcome.OK

    @pytest.mark.parametrize(
        ("text", "environ", "outcome"),
        [
            (None, {}, Outcome.FAILED),
            ("{", {}, Outcome.FAILED),
            ("[]", {}, Outcome.FAILED),
            (HOST_JSON.replace('"api"', '"v1"'), {}, Outcome.FAILED),
            (HOST_JSON.replace('"none"', '"base64"'), {}, Outcome.FAILED),
            (HOST_JSON.replace('"Trace;Exception"', '"Exception"'), {}, Outcome.WARNING),
            (
                HOST_JSON,
                {"AzureFunctionsJobHost__logging__logLevel__default": "x"},
                Outcome.WARNING,
            ),
            (HOST_JSON, {"AzureFunctionsJobHost__functionTimeout": "x"}, Outcome.FAILED),
        ],
    )
    def test_what_changes_work_fails_and_what_changes_the_log_is_a_warning(
        self, text: str | None, environ: dict[str, str], outcome: Outcome
    ) -> None:
        assert one(check_host_json(text, environ)).outcome is outcome


class TestPackages:
    def test_the_pins_are_those_of_the_python_that_runs(self) -> None:
        old, new = (
            {pin.name: pin.version for pin in pins_for(REQUIREMENTS, python)}
            for python in ((3, 11), (3, 13))
        )
        assert old["azure-functions"].startswith("1.")
        assert new["azure-functions"].startswith("2.")
        pinned = {line.partition("==")[0] for line in REQUIREMENTS.splitlines() if "==" in line}
        assert set(old) == set(new) == pinned

    @pytest.mark.parametrize(
        ("there", "outcome"),
        [
            ({}, Outcome.OK),
            ({"requests": "1.0"}, Outcome.FAILED),
            ({"requests": None}, Outcome.FAILED),
            ({"azure-functions": "1.0"}, Outcome.WARNING),
            ({"azure-functions": None}, Outcome.FAILED),
            ({"azure-functions": "1.0", "requests": "1.0"}, Outcome.FAILED),
        ],
    )
    def test_another_version_fails_but_for_the_workers_own_library(
        self, there: dict[str, str | None], outcome: Outcome
    ) -> None:
        pinned = {pin.name: pin.version for pin in pins_for(REQUIREMENTS, (3, 11))}
        found = check_packages(REQUIREMENTS, (3, 11), lambda name: (pinned | there)[name])
        assert one(found).outcome is outcome

    def test_without_the_file_nothing_is_compared(self) -> None:
        found = check_packages(None, (3, 11), lambda _: None)
        assert one(found).outcome is Outcome.NOT_CHECKED

    @pytest.mark.parametrize(
        ("version", "outcome"),
        [
            ((3, 10, 9), Outcome.FAILED),
            ((3, 11, 0), Outcome.OK),
            ((3, 14, 1), Outcome.OK),
            ((3, 15, 0), Outcome.WARNING),
        ],
    )
    def test_the_python_is_one_that_the_app_is_meant_for(
        self, version: tuple[int, int, int], outcome: Outcome
    ) -> None:
        assert one(check_python(version)).outcome is outcome


class TestSettings:
    @pytest.mark.parametrize(
        ("changed", "outcome"),
        [
            ({}, Outcome.OK),
            ({THREADS: "5"}, Outcome.WARNING),
            ({"RETENTION_DAY": "7"}, Outcome.WARNING),
            ({"dataverse_url": "x"}, Outcome.WARNING),
            ({"RUN_STORAGE__blobServiceUri": "x", "IDENTITY_HEADER": "x"}, Outcome.OK),
            ({"RETENTION_DAYS": "@Microsoft.KeyVault(SecretUri=x)"}, Outcome.FAILED),
            ({"CALLBACK_SIGNING_KEY": ""}, Outcome.OK),  # the signing key's own check says so
        ],
    )
    def test_wrong_ones_fail_and_those_that_nobody_reads_are_a_warning(
        self, changed: dict[str, str], outcome: Outcome
    ) -> None:
        environ = LOCAL | changed
        assert one(check_settings(attempt(environ), environ)).outcome is outcome

    def test_the_samples_key_is_known_to_everybody(self) -> None:
        environ = LOCAL | {"CALLBACK_SIGNING_KEY": SAMPLE_SIGNING_KEY}
        found = one(check_signing_key(attempt(environ), environ))
        assert found.outcome is Outcome.WARNING
        assert SAMPLE_SIGNING_KEY not in repr(found)


def answering(content: object) -> PlainGet:
    return lambda _: answer(content=json.dumps(content).encode())


class TestCallbackAddress:
    @pytest.mark.parametrize(
        ("base", "get", "outcome"),
        [
            (
                "https://broker.example.org",
                answering({"status": "Alive", "version": VERSION}),
                Outcome.OK,
            ),
            (
                "http://127.0.0.1:7071",
                answering({"status": "Alive", "version": VERSION}),
                Outcome.OK,
            ),
            (
                "https://broker.example.org",
                answering({"status": "Alive", "version": "0"}),
                Outcome.FAILED,
            ),
            ("https://broker.example.org", answering({"status": "healthy"}), Outcome.FAILED),
            ("https://broker.example.org", answering([]), Outcome.FAILED),
            ("https://broker.example.org", silent, Outcome.FAILED),
            ("http://broker.example.org", silent, Outcome.FAILED),
            ("https://localhost", silent, Outcome.FAILED),
            ("", silent, Outcome.WARNING),
        ],
    )
    def test_it_is_well_where_dataverse_would_call_it_and_the_app_answers(
        self, base: str, get: PlainGet, outcome: Outcome
    ) -> None:
        environ = LOCAL | {"CALLBACK_BASE_URL": base}
        reading = attempt(environ)
        if base == "https://localhost":
            settings = replace(reading.settings, dataverse_url="https://org.crm4.dynamics.com")
            reading = replace(reading, settings=settings)
        assert one(check_callback_address(reading, get)).outcome is outcome


class Forgetful(Table):
    """A table that takes rows and has none."""

    def get(self, partition: str, row: str) -> Entity | None:
        del partition, row
        return None

    def commit(self, partition: str, operations: Sequence[Operation]) -> Mapping[str, str]:
        del partition
        return {each.row: "an etag" for each in operations}


class TestStorage:
    def test_a_row_that_is_not_read_again_fails(self) -> None:
        found = one(check_table(attempt(LOCAL), Forgetful))
        assert found.outcome is Outcome.FAILED

    def test_where_settings_do_not_say_where_it_is_nothing_is_asked(self) -> None:
        def never() -> Any:
            raise AssertionError("nothing is to be opened")

        reading = attempt(LOCAL | {"RUN_STORAGE": ""})
        assert one(check_table(reading, never)).outcome is Outcome.NOT_CHECKED
        assert one(check_queue("q", reading, never)).outcome is Outcome.NOT_CHECKED


def test_where_nothing_is_set_every_check_has_a_finding_and_none_breaks() -> None:
    """What cannot be looked at is not checked; nothing is looked up, and nothing hangs."""
    _, found = diagnosis.diagnose(attempt({}), {})
    outcomes = {each.check: each.outcome for each in found}
    assert outcomes["settings"] is Outcome.FAILED
    assert outcomes["signing key"] is Outcome.FAILED
    for each in ("token for Dataverse", "table", "queue run-events", "clock of storage"):
        assert outcomes[each] is Outcome.NOT_CHECKED
    assert not [each for each in found if "broke" in each.detail]
    assert len(outcomes) == len(found)
