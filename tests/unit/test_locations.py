"""Locations are signed: an engine needs no key for them, and nobody can make one up."""

import hashlib
import hmac

import pytest

from shared.domain.callback_url import CallbackSigner
from shared.domain.locations import LocationKind, LocationSigner
from tests.support.runs import RUN_ID

KEY, PREVIOUS, STRANGE = b"k" * 32, b"p" * 32, b"s" * 32
ENVIRONMENT = "org.crm.dynamics.com"
SIGNER = LocationSigner(ENVIRONMENT, (KEY,))

# Made once and kept: engines keep a Location for as long as their flow waits or listens.
VECTORS = [
    (LocationKind.WAIT, "waits/a-name/4b9b43f7ba205e6bbb56c9ddd164d5d7"),
    (LocationKind.POLL, "polls/a-name/8be933a02cead54512bb63fd7b9d0d7a"),
    (LocationKind.SUBSCRIPTION, "subscriptions/a-name/87aa8421f25dc04bbdb1ce01853c4217"),
]


def signed(kind: LocationKind, name: str = RUN_ID, signer: LocationSigner = SIGNER) -> str:
    """Give the signature at the end of an address."""
    return signer.path(kind, name).rpartition("/")[2]


@pytest.mark.parametrize("kind", LocationKind)
def test_an_address_is_kind_name_and_signature(kind: LocationKind) -> None:
    message = f"desktop-flow-broker/{kind}/1\n{ENVIRONMENT}\n{RUN_ID}"
    expected = hmac.new(KEY, message.encode(), hashlib.sha256).hexdigest()[:32]
    assert SIGNER.path(kind, RUN_ID) == f"{kind}/{RUN_ID}/{expected}"
    assert SIGNER.accepts(kind, RUN_ID, expected)


@pytest.mark.parametrize(("kind", "expected"), VECTORS)
def test_the_test_vectors_hold(kind: LocationKind, expected: str) -> None:
    assert SIGNER.path(kind, "a-name") == expected


@pytest.mark.parametrize("kind", LocationKind)
@pytest.mark.parametrize("other", LocationKind)
def test_the_signature_of_one_kind_opens_no_other(kind: LocationKind, other: LocationKind) -> None:
    """Whoever may ask for a run's end may not cancel it by that."""
    assert SIGNER.accepts(other, RUN_ID, signed(kind)) is (kind is other)


@pytest.mark.parametrize("kind", LocationKind)
def test_a_callbacks_signature_opens_no_location_nor_the_other_way_round(
    kind: LocationKind,
) -> None:
    callbacks = CallbackSigner(ENVIRONMENT, (KEY,))
    assert not SIGNER.accepts(kind, RUN_ID, callbacks.sign(RUN_ID))
    assert not callbacks.accepts(RUN_ID, signed(kind))


@pytest.mark.parametrize(
    "forged",
    [
        "",
        "0" * 32,
        signed(LocationKind.WAIT)[:-1],
        signed(LocationKind.WAIT).upper(),
        signed(LocationKind.WAIT, "another"),
        signed(LocationKind.WAIT, signer=LocationSigner(ENVIRONMENT, (STRANGE,))),
        signed(LocationKind.WAIT, signer=LocationSigner("other.crm.dynamics.com", (KEY,))),
        "\ud800" * 32,
    ],
    ids=["empty", "zeros", "cut", "upper", "name", "key", "environment", "not text"],
)
def test_any_other_signature_is_not_accepted(forged: str) -> None:
    assert not SIGNER.accepts(LocationKind.WAIT, RUN_ID, forged)


def test_a_name_that_is_no_text_is_not_accepted() -> None:
    assert not SIGNER.accepts(LocationKind.WAIT, "\ud800", "0" * 32)


def test_an_address_outlives_a_change_of_the_key() -> None:
    """The previous key is accepted, the new one signs."""
    before = LocationSigner(ENVIRONMENT, (PREVIOUS,))
    rotated = LocationSigner(ENVIRONMENT, (KEY, PREVIOUS))
    assert rotated.accepts(LocationKind.WAIT, RUN_ID, signed(LocationKind.WAIT, signer=before))
    assert rotated.path(LocationKind.WAIT, RUN_ID) == SIGNER.path(LocationKind.WAIT, RUN_ID)
    assert not SIGNER.accepts(LocationKind.WAIT, RUN_ID, signed(LocationKind.WAIT, signer=before))


def test_a_signer_does_not_show_its_keys() -> None:
    assert "kkk" not in repr(SIGNER)
