"""The functions of the app, as values: what `function_app.app` says of each, checked."""

from __future__ import annotations

import inspect
import json
import typing
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar

from local.host.errors import HostError

if TYPE_CHECKING:
    from collections.abc import Callable

    import azure.functions as func

HTTP_METHODS = ("GET", "POST", "DELETE", "HEAD", "PATCH", "PUT", "OPTIONS")
HTTP_RESPONSE = {"type": "http", "name": "$return", "direction": "OUT"}


@dataclass(frozen=True)
class Function:
    """What every function has; `argument` is the parameter that takes the trigger's value."""

    name: str
    call: Callable[..., Any]
    argument: str
    annotation: Any
    wants_context: bool
    directory: str
    trigger: ClassVar[str]


@dataclass(frozen=True)
class HttpFunction(Function):
    trigger: ClassVar[str] = "httpTrigger"
    route: str
    methods: tuple[str, ...]
    auth_level: str


@dataclass(frozen=True)
class QueueFunction(Function):
    trigger: ClassVar[str] = "queueTrigger"
    queue_name: str
    connection: str


@dataclass(frozen=True)
class TimerFunction(Function):
    trigger: ClassVar[str] = "timerTrigger"
    schedule: str
    run_on_startup: bool


def read_functions(app: func.FunctionApp) -> list[Function]:
    """Read the app's functions; HostError names the function and what is wrong with it."""
    try:
        declared = app.get_functions()
    except ValueError as error:  # no trigger, or two functions of one name
        raise HostError(str(error)) from None
    return [_read(function) for function in declared]


def _read(function: Any) -> Function:
    name = function.get_function_name()
    bindings = [json.loads(binding) for binding in function.get_raw_bindings()]
    triggers = [binding for binding in bindings if binding["type"].lower().endswith("trigger")]
    if len(triggers) != 1:
        raise HostError(f"function {name}: it needs exactly one trigger")
    trigger = triggers[0]
    http = trigger["type"] == HttpFunction.trigger
    for binding in bindings:
        response = {key: binding.get(key) for key in HTTP_RESPONSE} == HTTP_RESPONSE
        if binding is not trigger and not (http and response):
            raise HostError(
                f"function {name}: binding type {binding['type']!r} is not served by this host"
            )
    shared = _signature(name, function.get_user_function(), trigger["name"])
    if http:
        return HttpFunction(
            **shared,
            route=trigger["route"],
            methods=tuple(trigger.get("methods") or HTTP_METHODS),
            auth_level=trigger.get("authLevel", "FUNCTION"),
        )
    if trigger["type"] == QueueFunction.trigger:
        return QueueFunction(
            **shared,
            queue_name=trigger["queueName"],
            connection=trigger.get("connection", ""),
        )
    if trigger["type"] == TimerFunction.trigger:
        return TimerFunction(
            **shared,
            schedule=trigger["schedule"],
            run_on_startup=bool(trigger.get("runOnStartup")),
        )
    raise HostError(f"function {name}: trigger type {trigger['type']!r} is not served by this host")


def _signature(name: str, call: Callable[..., Any], argument: str) -> dict[str, Any]:
    parameters = set(inspect.signature(call).parameters)
    wants_context = "context" in parameters and argument != "context"
    expected = {argument, "context"} if wants_context else {argument}
    if parameters != expected:
        raise HostError(
            f"function {name}: it takes ({', '.join(sorted(parameters))}), "
            f"but its bindings give ({', '.join(sorted(expected))})"
        )
    try:
        annotation = typing.get_type_hints(call).get(argument)
    except NameError as error:  # the real worker evaluates annotations too and refuses these
        raise HostError(
            f"function {name}: its annotations cannot be evaluated: {error}; the host needs "
            "them at run time, so import azure.functions outside TYPE_CHECKING"
        ) from None
    return {
        "name": name,
        "call": call,
        "argument": argument,
        "annotation": annotation,
        "wants_context": wants_context,
        "directory": str(Path(inspect.getfile(call)).parent),
    }
