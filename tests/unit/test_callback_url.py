"""Callback URLs are signed: only the app itself can have made one, for this run and environment."""

import hashlib
import hmac

import pytest

from shared.domain.callback_url import CallbackSigner, run_named_by
from shared.domain.identifiers import run_id
from tests.support.runs import LANE, NOW, RUN_ID

KEY, PREVIOUS, STRANGE = b"k" * 32, b"p" * 32, b"s" * 32
ENVIRONMENT = "org.crm.dynamics.com"
BASE = "https://broker.example.org"
OTHER_RUN = run_id(LANE, NOW, b"0123456789")
SIGNER = CallbackSigner(ENVIRONMENT, (KEY,))

# Made once and kept: run ids and signatures of callbacks under way outlive a deployment.
VECTORS = [
    ("0123456789abcdef-vvvbnk6rsv0000000000000000", "a0009d71c05f28de8fb535f13f962b72"),
    ("vvvvvvvvvvvvvvvv-00000000000000000000000000", "322501f5150f72dbeea79058e19d5e2d"),
]


def signature(run: str, key: bytes = KEY, environment: str = ENVIRONMENT) -> str:
    """Sign as the documentation says: HMAC-SHA256 of purpose, environment and run, 128 bits."""
    message = f"desktop-flow-broker/callback/1\n{environment}\n{run}"
    return hmac.new(key, message.encode(), hashlib.sha256).hexdigest()[:32]


@pytest.mark.parametrize(("run", "expected"), VECTORS)
def test_the_test_vectors_hold(run: str, expected: str) -> None:
    assert SIGNER.sign(run) == signature(run) == expected


def test_a_url_is_base_path_run_and_signature() -> None:
    url = SIGNER.url(BASE, RUN_ID)
    assert url == f"{BASE}/api/callbacks/{RUN_ID}/{signature(RUN_ID)}"
    assert len(url) < 2_000


def test_a_signature_of_its_own_is_accepted() -> None:
    assert SIGNER.accepts(RUN_ID, SIGNER.sign(RUN_ID))


@pytest.mark.parametrize(
    "forged",
    [
        "",
        signature(OTHER_RUN),
        signature(RUN_ID, key=STRANGE),
        signature(RUN_ID, environment="other.crm.dynamics.com"),
        signature(RUN_ID)[:-1],
        signature(RUN_ID) + "0",
        signature(RUN_ID).upper(),
        signature(RUN_ID)[:-1] + "\u0660",
        "\ud800" * 32,
        "0" * 32,
        hashlib.sha256(RUN_ID.encode()).hexdigest()[:32],
    ],
    ids=[
        "empty",
        "another run",
        "another key",
        "another environment",
        "cut",
        "longer",
        "upper case",
        "not ASCII",
        "not text",
        "zeros",
        "no key",
    ],
)
def test_any_other_signature_is_not(forged: str) -> None:
    assert not SIGNER.accepts(RUN_ID, forged)


def test_the_environments_case_does_not_matter() -> None:
    """A host name written otherwise after a deployment is the same environment."""
    assert CallbackSigner(ENVIRONMENT.upper(), (KEY,)).sign(RUN_ID) == SIGNER.sign(RUN_ID)


class TestRotation:
    """Keys are rotated without losing the callbacks of runs under way."""

    rotated = CallbackSigner(ENVIRONMENT, (KEY, PREVIOUS))

    def test_the_first_key_signs(self) -> None:
        assert self.rotated.sign(RUN_ID) == signature(RUN_ID)

    def test_the_previous_key_is_accepted(self) -> None:
        assert self.rotated.accepts(RUN_ID, signature(RUN_ID, key=PREVIOUS))
        assert self.rotated.accepts(RUN_ID, signature(RUN_ID, key=KEY))

    def test_a_key_that_was_taken_away_is_not(self) -> None:
        assert not SIGNER.accepts(RUN_ID, signature(RUN_ID, key=PREVIOUS))

    def test_a_session_may_carry_the_url_of_either_key(self) -> None:
        assert self.rotated.urls(BASE, RUN_ID) == (
            self.rotated.url(BASE, RUN_ID),
            CallbackSigner(ENVIRONMENT, (PREVIOUS,)).url(BASE, RUN_ID),
        )


class TestOwns:
    """Which URL, kept by Dataverse, shows that a session is this run's."""

    @pytest.mark.parametrize(
        "url",
        [
            SIGNER.url(BASE, RUN_ID),
            SIGNER.url(BASE, RUN_ID).upper(),
            SIGNER.url("https://new.address.example.org", RUN_ID),
            SIGNER.url("http://127.0.0.1:7071", RUN_ID),
        ],
        ids=["as made", "upper case", "another address", "local"],
    )
    def test_its_own(self, url: str) -> None:
        assert SIGNER.owns(url, RUN_ID)

    @pytest.mark.parametrize(
        "url",
        [
            None,
            "",
            "https://elsewhere.example.org/hook",
            SIGNER.url(BASE, OTHER_RUN),
            CallbackSigner(ENVIRONMENT, (STRANGE,)).url(BASE, RUN_ID),
            CallbackSigner("other.crm.dynamics.com", (KEY,)).url(BASE, RUN_ID),
            SIGNER.url("", RUN_ID),
            SIGNER.url(BASE, RUN_ID) + "/",
            SIGNER.url(BASE, RUN_ID) + "?x=1",
            f"{BASE}/api/callbacks/{RUN_ID}/",
            f"{BASE}/api/callbacks/{RUN_ID}",
        ],
        ids=[
            "none",
            "empty",
            "another hook",
            "another run",
            "another key",
            "another environment",
            "no address",
            "longer",
            "query",
            "no signature",
            "cut",
        ],
    )
    def test_not_its_own(self, url: str | None) -> None:
        assert not SIGNER.owns(url, RUN_ID)


@pytest.mark.parametrize(
    ("url", "named"),
    [
        (SIGNER.url(BASE, RUN_ID), True),
        (CallbackSigner(ENVIRONMENT, (STRANGE,)).url("https://other.example.org", RUN_ID), True),
        (SIGNER.url(BASE, RUN_ID).upper(), True),
        (SIGNER.url(BASE, OTHER_RUN), False),
        ("https://elsewhere.example.org/hook", False),
        (None, False),
    ],
    ids=["its own", "another key and address", "upper case", "another run", "another hook", "none"],
)
def test_a_url_names_its_run_whoever_signed_it(url: str | None, *, named: bool) -> None:
    assert (run_named_by(url) == RUN_ID) is named


def test_a_signer_does_not_show_its_keys() -> None:
    """Promise 6: no key reaches a log."""
    assert "kkk" not in repr(SIGNER)
