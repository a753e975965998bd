"""Evidence is exact, or it is none: nothing but a match makes it, and nothing near is one."""

from dataclasses import replace
from typing import Any

import pytest

from shared.domain.callback_url import CallbackSigner
from shared.domain.evidence import Evidence, Ground, decided, exact, kept, marks, sole
from shared.domain.identifiers import run_id
from shared.domain.matching import CLOCKS_MS, Claimant, Shown, Times, agree, weigh
from shared.domain.run import Run
from shared.domain.session import FlowSession, MarkColumn, StatusCode
from tests.support.runs import LANE, NOW, OTHER_SESSION, RUN_ID, SESSION, submitting

SIGNER = CallbackSigner("org.crm.dynamics.com", (b"k" * 32, b"p" * 32))
BASE = "https://broker.example.org"
URL = SIGNER.url(BASE, RUN_ID)
OTHER_RUN = run_id(LANE, NOW + 1, b"0123456789")
RUN = submitting(callback_base=BASE, attempts=7)
ALL = tuple(MarkColumn)
SENT_WITHIN = 250_000
TIMES = Times.of(RUN, SENT_WITHIN, 0)
INPUTS = {"InvoiceNumber": "4711"}


def ours(**changes: Any) -> FlowSession:
    """Give a session that agrees with RUN in everything, and carries no mark."""
    session = FlowSession(
        SESSION,
        StatusCode.RUNNING,
        created_at=NOW + 1_000,
        trigger_type=3,
        workflow_id=RUN.request.workflow_id,
        connection=RUN.request.connection_name,
    )
    return replace(session, **changes)


def claimant(inputs: dict[str, Any] | None = INPUTS, **changes: Any) -> Claimant:
    return Claimant(replace(RUN, **changes), inputs)


def shown(inputs: dict[str, Any] | None = INPUTS, **changes: Any) -> Shown:
    return Shown(ours(**changes), inputs)


def test_evidence_is_found_and_not_made() -> None:
    with pytest.raises(TypeError):
        Evidence(RUN.id, ours(), Ground.CALLBACK_URL)
    with pytest.raises(TypeError):
        replace(decided(RUN, ours()), made_by=None)


class TestExact:
    @pytest.mark.parametrize(
        ("columns", "ground"),
        [
            ({"callback_url": URL}, Ground.CALLBACK_URL),
            ({"callback_url": SIGNER.urls(BASE, RUN_ID)[1].upper()}, Ground.CALLBACK_URL),
            ({"callback_url": URL.replace("org", "org:443")}, Ground.CALLBACK_URL),
            ({"correlation_id": SIGNER.submission_id(RUN_ID, 7)}, Ground.SUBMISSION_ID),
            ({"correlation_id": SIGNER.submission_id(RUN_ID, 3)}, Ground.SUBMISSION_ID),
            (
                {"client_tracking_id": f"{{{SIGNER.submission_id(RUN_ID, 7).upper()}}}"},
                Ground.SUBMISSION_ID,
            ),
        ],
    )
    def test_a_mark_of_the_run_is(self, columns: dict[str, Any], ground: Ground) -> None:
        evidence = exact(RUN, ours(**columns), SIGNER)
        assert evidence is not None
        assert (evidence.ground, evidence.run_id, evidence.session.id) == (ground, RUN_ID, SESSION)

    @pytest.mark.parametrize(
        "columns",
        [
            {},
            {"callback_url": SIGNER.url(BASE, OTHER_RUN)},
            {"callback_url": URL[:-1]},
            {"callback_url": f"{URL}/"},
            {"callback_url": CallbackSigner("x", (b"s" * 32,)).url(BASE, RUN_ID)},
            {"correlation_id": SIGNER.submission_id(RUN_ID, 2)},
            {"correlation_id": SIGNER.submission_id(RUN_ID, 8)},
            {"correlation_id": SIGNER.submission_id(OTHER_RUN, 7)},
            {"correlation_id": RUN_ID},
            {"callback_url": URL, "workflow_id": OTHER_SESSION},
        ],
        ids=[
            "none",
            "another run's",
            "cut",
            "longer",
            "another key's",
            "an id of long ago",
            "an id of a submission to come",
            "another run's id",
            "no id",
            "another desktop flow",
        ],
    )
    def test_anything_near_is_not(self, columns: dict[str, Any]) -> None:
        assert exact(RUN, ours(**columns), SIGNER) is None

    @pytest.mark.parametrize("field", ["past_sessions", "double_sessions"])
    def test_a_session_that_was_given_up_is_not(self, field: str) -> None:
        run = submitting(callback_base=BASE, **{field: (SESSION,)})
        assert exact(run, ours(callback_url=URL), SIGNER) is None


class TestKept:
    """What is learnt: that a query finds what was sent, to the letter."""

    def test_what_was_sent_is_kept(self) -> None:
        session = ours(callback_url=URL, client_tracking_id=SIGNER.submission_id(RUN_ID, 7))
        assert kept(RUN, session, SIGNER) == (
            MarkColumn.CALLBACK_URL,
            MarkColumn.CLIENT_TRACKING_ID,
        )

    @pytest.mark.parametrize(
        "columns",
        [
            {"callback_url": URL.replace("org", "org:443")},
            {"callback_url": URL.upper()},
            {"callback_url": f" {URL}"},
            {"callback_url": URL.replace(BASE, "https://other.example.org")},
            {"callback_url": URL[:60]},
            {"correlation_id": SIGNER.submission_id(RUN_ID, 7).upper()},
            {"correlation_id": f"{{{SIGNER.submission_id(RUN_ID, 7)}}}"},
            {"correlation_id": SIGNER.submission_id(RUN_ID, 7).replace("-", "")},
        ],
    )
    def test_what_is_written_otherwise_is_not(self, columns: dict[str, Any]) -> None:
        """A stored ":443" was taken for kept, "none" was believed, and the robot worked twice."""
        assert kept(RUN, ours(**columns), SIGNER) == ()

    def test_what_is_asked_for_is_what_was_sent(self) -> None:
        asked = marks(RUN, SIGNER, ALL)
        assert {mark.text for mark in asked if mark.column is MarkColumn.CALLBACK_URL} == {
            *SIGNER.urls(BASE, RUN_ID)
        }
        ids = {mark.text for mark in asked if mark.column is MarkColumn.CORRELATION_ID}
        assert ids == {*SIGNER.submission_ids(RUN_ID, range(3, 8))}
        assert marks(replace(RUN, callback_base=None), SIGNER, (MarkColumn.CALLBACK_URL,)) == ()


class TestSole:
    def test_the_one_that_agrees_in_everything_is_adopted(self) -> None:
        strangers = [
            shown({"InvoiceNumber": "other"}, id=OTHER_SESSION),
            shown(None, id="another"),
        ]
        evidence = sole(claimant(), [], [shown(), *strangers], TIMES)
        assert evidence is not None
        assert (evidence.session.id, evidence.ground) == (SESSION, Ground.CIRCUMSTANCES)

    @pytest.mark.parametrize(
        "columns",
        [
            {"connection": "shared_uiflow_2"},
            {"connection": None},
            {"trigger_type": 2},
            {"trigger_type": None},
            {"workflow_id": None},
            {"workflow_id": OTHER_SESSION},
            {"created_at": None},
            {"created_at": NOW - CLOCKS_MS - 1},
            {"created_at": NOW + SENT_WITHIN + CLOCKS_MS + 1},
            {"callback_url": "https://elsewhere.example.org/hook"},
            {"callback_url": SIGNER.url(BASE, OTHER_RUN)},
            {"inputs": None},
            {"inputs": {}},
            {"inputs": {"InvoiceNumber": None}},
            {"inputs": {"InvoiceNumber": "4712"}},
            {"inputs": INPUTS | {"More": 1}},
        ],
        ids=str,
    )
    def test_one_that_does_not_show_all_of_it_is_left_to_an_operator(
        self, columns: dict[str, Any]
    ) -> None:
        one = shown(**columns)
        assert sole(claimant(), [], [one], TIMES) is None
        told = weigh(claimant(), one, TIMES)
        assert len(told.speaks_against) == 1, "what speaks against it is told"
        assert len(told.speaks_for) >= 4

    def test_nor_are_two_of_them(self) -> None:
        assert sole(claimant(), [], [shown(), shown(id=OTHER_SESSION)], TIMES) is None

    def test_nor_is_one_that_another_run_could_have_made(self) -> None:
        rival = claimant(id=OTHER_RUN)
        assert sole(claimant(), [rival], [shown()], TIMES) is None
        otherwise = claimant({"InvoiceNumber": "4712"}, id=OTHER_RUN)
        assert sole(claimant(), [otherwise], [shown()], TIMES) is not None


class TestAgree:
    @pytest.mark.parametrize(
        ("asked", "found"),
        [
            (None, None),
            ({}, None),
            (None, {}),
            ({"a": None}, {}),
            ({"a": "Nan"}, {"a": "Nan"}),
            ({"a": ["Nan", {"b": "nan"}]}, {"a": ["Nan", {"b": "nan"}]}),
            ({"a": [1, 2.0]}, {"a": ["1", "2"]}),
            ({"a": {"b": [True]}}, {"a": {"b": ["true"]}}),
            ({"a": 119}, {"a": "119.00"}),
            ({"a": float("inf")}, {"a": float("inf")}),
        ],
        ids=str,
    )
    def test_what_may_only_be_written_otherwise(
        self, asked: dict[str, Any] | None, found: dict[str, Any] | None
    ) -> None:
        """The text "Nan", which is not equal to itself as a number, made a robot work twice."""
        assert agree(asked, found)

    @pytest.mark.parametrize(
        ("asked", "found"),
        [
            ({"a": 1}, None),
            ({"a": 1}, {"a": {}}),
            ({"a": 1}, {"a": None}),
            ({"a": "1.0"}, {"a": "1"}),
            ({"a": "x"}, {"a": "X"}),
            ({"a": [1, 2]}, {"a": [2, 1]}),
            ({"a": [1]}, {"a": [1, 1]}),
            ({"a": {"b": 1}}, {"a": {"c": 1}}),
            ({"a": [1]}, {"a": "[1]"}),
            (None, {"a": 1}),
            ({"a": 1}, {"a": 1, "b": 2}),
        ],
        ids=str,
    )
    def test_what_is_hidden_or_different(
        self, asked: dict[str, Any] | None, found: dict[str, Any] | None
    ) -> None:
        assert not agree(asked, found)


@pytest.mark.parametrize("ahead", [-3_600_000, -90_000, 0, 90_000, 3_600_000])
def test_times_allow_for_the_clocks_difference(ahead: int) -> None:
    """A session is written down by Dataverse's clock, a claim by a host's of the app."""
    times = Times.of(RUN, SENT_WITHIN, ahead)
    assert times.hold(NOW + ahead)
    assert times.hold(NOW + SENT_WITHIN + ahead)
    assert times.hold(None)
    assert not times.hold(NOW - abs(ahead) - CLOCKS_MS - 1)
    assert not times.hold(NOW + SENT_WITHIN + abs(ahead) + CLOCKS_MS + 1)


def test_where_nobody_tells_the_time_a_day_is_allowed_for() -> None:
    times = Times.of(RUN, SENT_WITHIN, None)
    assert times.hold(NOW - 86_400_000)
    assert times.hold(NOW + 86_400_000)


def test_a_run_of_an_earlier_version_has_marks_too() -> None:
    run: Run = submitting(callback_base=None, attempts=0)
    assert marks(run, SIGNER, ALL) == ()
