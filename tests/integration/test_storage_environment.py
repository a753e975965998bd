"""What was learnt of a Dataverse environment, kept in a real table for all instances."""

import pytest

from shared.storage.environment import EnvironmentTable, KnownConnection
from shared.storage.table import ConflictError
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


class TestCallbackUrls:
    def test_until_one_was_seen_they_are_not_known_to_be_kept(
        self, environment: EnvironmentTable
    ) -> None:
        """Then "none found" proves nothing."""
        assert not environment.keeps_callback_urls()

    def test_once_one_was_seen_all_instances_know(
        self, environment: EnvironmentTable, table: DeceptiveTable
    ) -> None:
        environment.learn_callback_urls_are_kept(SESSION)
        environment.learn_callback_urls_are_kept("another session")
        assert EnvironmentTable(table, HOST).keeps_callback_urls()
        assert not EnvironmentTable(table, "other.crm.dynamics.com").keeps_callback_urls()

    def test_learning_that_succeeded_is_no_conflict(
        self, environment: EnvironmentTable, table: DeceptiveTable
    ) -> None:
        table.errors = [ConflictError("409")]
        environment.learn_callback_urls_are_kept(SESSION)
        assert environment.keeps_callback_urls()


class TestHolds:
    def test_until_dataverse_minded_nothing_is_held(self, environment: EnvironmentTable) -> None:
        assert environment.held_until() == 0

    def test_a_hold_is_known_to_all_instances_and_the_newest_stands(
        self, environment: EnvironmentTable, table: DeceptiveTable
    ) -> None:
        environment.hold_until(NOW + 20_000)
        environment.hold_until(NOW + 60_000)
        assert EnvironmentTable(table, HOST).held_until() == NOW + 60_000
        assert EnvironmentTable(table, "other.crm.dynamics.com").held_until() == 0

    def test_a_hold_that_was_written_is_no_conflict(
        self, environment: EnvironmentTable, table: DeceptiveTable
    ) -> None:
        table.before = [lambda: None]
        table.lost = [ConflictError("409")]
        environment.hold_until(NOW)
        assert environment.held_until() == NOW
