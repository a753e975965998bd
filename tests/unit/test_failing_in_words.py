"""Functions without a caller fail in words: the host logs what they raise, with all it came of."""

import traceback

import pytest

from shared.dataverse.errors import OutcomeUnknownError
from shared.storage.table import StorageUnavailableError
from shared.triggers.edge import NotHandledError, failing_in_words

SECRET = "s3cr3tTOPsecret"


def fails_as(error: Exception) -> NotHandledError:
    @failing_in_words
    def sweep() -> None:
        raise error from OSError(f"https://account.table.core.windows.net/?sig={SECRET}")

    with pytest.raises(NotHandledError) as raised:
        sweep()
    return raised.value


@pytest.mark.parametrize(
    "error",
    [
        StorageUnavailableError("table storage: OSError"),
        OutcomeUnknownError(f"no answer: https://x/?sig={SECRET}"),
        ValueError(f"invalid literal: '{SECRET}'"),
        KeyError(SECRET),
        RuntimeError(f"Bearer {SECRET}"),
    ],
)
def test_what_the_host_is_told_holds_no_secret_and_no_cause(
    error: Exception, caplog: pytest.LogCaptureFixture
) -> None:
    raised = fails_as(error)
    assert SECRET not in "".join(traceback.format_exception(raised))
    assert SECRET not in caplog.text
    assert (raised.__cause__, raised.__context__) == (None, None)
    assert str(raised).startswith(type(error).__name__)


def test_what_nobody_expected_is_logged_with_its_stack(caplog: pytest.LogCaptureFixture) -> None:
    fails_as(RuntimeError("the reason"))
    assert "function.failed function='sweep'" in caplog.text
    assert "RuntimeError: the reason" in caplog.text
    assert "in sweep" in caplog.text


def test_storage_that_is_away_is_no_failure_of_the_program(
    caplog: pytest.LogCaptureFixture,
) -> None:
    fails_as(StorageUnavailableError("away"))
    assert "function.failed" not in caplog.text


def test_what_succeeds_is_given_what_it_is_called_with() -> None:
    heard: list[str] = []

    @failing_in_words
    def hear(text: str) -> None:
        heard.append(text)

    hear(text="message")
    assert heard == ["message"]
