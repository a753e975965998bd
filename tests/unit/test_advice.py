"""Every documented code has a sentence about what to do; an unknown one never says "again"."""

from __future__ import annotations

import pytest

from shared.domain.advice import advice
from shared.domain.session import ROBOT_NEVER_STARTED

NEEDS_A_PERSON = (
    "MachineNotFound",
    "AccountLockedOut",
    "MSEntraLogonFailure",
    "LogonTypeNotGranted",
    "WindowsIdentityIncorrect",
    "SessionCreationInvalidCredentials",
    "RdpPermissionNotGranted",
    "RDPIsNotEnabled",
    "InvalidUIFlowsCertificates",
    "UnsupportedRpaScriptSchemaVersion",
    "UnattendedUnsupportedWithOldConnection",
    "XrmMachineGroupNotFound",
    "EndpointDoNotExist",
)


@pytest.mark.parametrize("code", sorted(ROBOT_NEVER_STARTED))
def test_a_robot_that_never_started_has_its_advice(code: str) -> None:
    assert advice(code, robot_may_have_started=False)


@pytest.mark.parametrize("code", NEEDS_A_PERSON)
def test_what_needs_a_person_is_said_and_never_to_start_again_as_it_is(code: str) -> None:
    told = advice(code, robot_may_have_started=True)
    assert told
    assert "starting again is safe" not in told


@pytest.mark.parametrize("code", ["SessionNotFound", "WcfServerCrash", "SomethingUnheardOf"])
def test_where_the_robot_may_have_worked_somebody_looks_first(code: str) -> None:
    told = advice(code, robot_may_have_started=True)
    assert told is not None
    assert "look before starting again" in told


def test_where_nothing_is_known_nothing_is_said() -> None:
    assert advice("0x80048999", robot_may_have_started=None) is None
