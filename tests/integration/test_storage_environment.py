"""What was learnt of a Dataverse environment, kept in a real table for all instances."""

from collections.abc import Callable

import pytest

from shared.domain.instants import to_iso
from shared.domain.pause import Hold, Pause
from shared.storage.environment import EnvironmentTable, KnownConnection
from shared.storage.table import ConflictError, Insert, Value
from tests.support.runs import NOW, SESSION
from tests.support.tables import DeceptiveTable

HOST = "org.crm.dynamics.com"
REFERENCE = "cr1a2_invoices"
KNOWN = KnownConnection("shared_uiflow_1", NOW)


@pytest.fixture
def environment(table: DeceptiveTable) -> EnvironmentTable:
    return EnvironmentTable(table, HOST)


class TestConnections:
    def test_a_reference_that_was_never_asked_for_is_not_known(
        self, environment: EnvironmentTable
    ) -> None:
        assert environment.connection_of(REFERENCE) is None

    def test_a_connection_is_remembered_with_the_time_of_asking(
        self, environment: EnvironmentTable, table: DeceptiveTable
    ) -> None:
        environment.remember_connection(REFERENCE, KNOWN)
        assert EnvironmentTable(table, HOST).connection_of(REFERENCE) == KNOWN

    def test_the_newest_answer_stands(self, environment: EnvironmentTable) -> None:
        """A reference may be bound to another connection."""
        newer = KnownConnection("shared_uiflow_2", NOW + 600_000)
        environment.remember_connection(REFERENCE, KNOWN)
        environment.remember_connection(REFERENCE, newer)
        assert environment.connection_of(REFERENCE) == newer

    @pytest.mark.parametrize("reference", ["a/b\\c#d?e", "it's", "Grüße", "x" * 1_000])
    def test_any_name_can_be_remembered(
        self, environment: EnvironmentTable, reference: str
    ) -> None:
        environment.remember_connection(reference, KNOWN)
        assert environment.connection_of(reference) == KNOWN
        assert environment.connection_of(reference.upper()) == KNOWN
        assert environment.connection_of(REFERENCE) is None

    def test_a_reference_that_is_gone_is_forgotten(self, environment: EnvironmentTable) -> None:
        """And forgetting it twice is no error."""
        environment.remember_connection(REFERENCE, KNOWN)
        environment.forget_connection(REFERENCE)
        environment.forget_connection(REFERENCE)
        assert environment.connection_of(REFERENCE) is None

    def test_two_that_remember_at_once_do_not_hinder_each_other(
        self, environment: EnvironmentTable, table: DeceptiveTable
    ) -> None:
        """The other's answer is as new as ours."""
        other = EnvironmentTable(table, HOST)
        table.before = [lambda: None, lambda: other.remember_connection(REFERENCE, KNOWN)]
        environment.remember_connection(REFERENCE, KNOWN)
        assert environment.connection_of(REFERENCE) == KNOWN

    def test_environments_are_kept_apart_whatever_their_case(
        self, environment: EnvironmentTable, table: DeceptiveTable
    ) -> None:
        environment.remember_connection(REFERENCE, KNOWN)
        assert EnvironmentTable(table, HOST.upper()).connection_of(REFERENCE) == KNOWN
        assert EnvironmentTable(table, "127.0.0.1:8080").connection_of(REFERENCE) is None


class TestFacts:
    def test_until_it_was_seen_a_fact_is_not_known(self, environment: EnvironmentTable) -> None:
        assert not environment.knows("kept")

    def test_once_it_was_seen_all_instances_know(
        self, environment: EnvironmentTable, table: DeceptiveTable
    ) -> None:
        environment.learn("kept", SESSION)
        environment.learn("kept", "another session")
        assert EnvironmentTable(table, HOST).knows("kept")
        assert not EnvironmentTable(table, HOST).knows("shown")
        assert not EnvironmentTable(table, "other.crm.dynamics.com").knows("kept")

    def test_learning_that_succeeded_is_no_conflict(
        self, environment: EnvironmentTable, table: DeceptiveTable
    ) -> None:
        table.errors = [ConflictError("409")]
        environment.learn("kept", SESSION)
        assert environment.knows("kept")


def hold_until(until: int) -> Callable[[Hold], Hold]:
    pause = Pause(until, "ServiceProtection", "too many", NOW)
    return lambda known: known.told(pause, NOW, by_submission=True)


class TestHolds:
    def test_until_dataverse_minded_nothing_is_held(self, environment: EnvironmentTable) -> None:
        assert environment.hold() == Hold()

    def test_a_hold_is_known_to_all_instances_and_the_longest_stands(
        self, environment: EnvironmentTable, table: DeceptiveTable
    ) -> None:
        environment.change_hold(hold_until(NOW + 60_000))
        held = environment.change_hold(hold_until(NOW + 20_000))
        assert EnvironmentTable(table, HOST).hold() == held
        assert held == Hold(
            Pause(NOW + 60_000, "ServiceProtection", "too many", NOW), 1, NOW, by_submission=True
        )
        assert EnvironmentTable(table, "other.crm.dynamics.com").hold() == Hold()

    def test_a_hold_that_was_written_is_no_conflict(
        self, environment: EnvironmentTable, table: DeceptiveTable
    ) -> None:
        table.errors = [ConflictError("409")]
        held = environment.change_hold(hold_until(NOW + 5_000))
        assert environment.hold() == held
        assert held.times == 1

    def test_a_hold_of_two_instances_at_once_counts_once(
        self, environment: EnvironmentTable, table: DeceptiveTable
    ) -> None:
        other = EnvironmentTable(table, HOST)
        table.before = [lambda: other.change_hold(hold_until(NOW + 5_000))]
        assert environment.change_hold(hold_until(NOW + 5_000)).times == 1

    def test_a_hold_of_an_earlier_version_is_read(
        self, environment: EnvironmentTable, table: DeceptiveTable
    ) -> None:
        """It said only until when."""
        table.commit(f"environment:{HOST}", [Insert("hold", {"Until": to_iso(NOW + 5_000)})])
        held = environment.hold()
        assert (held.pause.until, held.pause.code) == (NOW + 5_000, "ServiceProtection")
        assert held.holds(NOW)

    @pytest.mark.parametrize("until", ["", "soon", 7])
    def test_a_hold_that_cannot_be_read_holds_nothing(
        self, environment: EnvironmentTable, table: DeceptiveTable, until: Value
    ) -> None:
        table.commit(f"environment:{HOST}", [Insert("hold", {"Until": until})])
        assert not environment.hold().holds(NOW)
        assert environment.change_hold(hold_until(NOW + 5_000)).holds(NOW)
