"""The list of the checks."""

from __future__ import annotations

from collections.abc import Callable

from local.infra_checks.app_settings import (
    check_defaults,
    check_sample,
    check_template_settings,
)
from local.infra_checks.deployment import (
    check_files,
    check_inputs,
    check_outputs,
    check_secrets,
    check_services,
)
from local.infra_checks.events import check_alerts, check_always_ready
from local.infra_checks.resources import (
    check_forbidden,
    check_identity,
    check_roles,
    check_versions,
)
from local.infra_checks.sources import Fault, Sources
from local.infra_checks.syntax import (
    check_modules,
    check_names,
    check_parameters,
    check_syntax,
)
from local.infra_checks.values import check_allowed, check_members

CHECKS: tuple[Callable[[Sources], list[Fault]], ...] = (
    check_syntax,
    check_names,
    check_modules,
    check_parameters,
    check_members,
    check_allowed,
    check_versions,
    check_roles,
    check_forbidden,
    check_identity,
    check_template_settings,
    check_defaults,
    check_sample,
    check_outputs,
    check_inputs,
    check_services,
    check_secrets,
    check_files,
    check_alerts,
    check_always_ready,
)
