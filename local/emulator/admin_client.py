"""A Python client of the emulator's admin API, for tests and the demonstration."""

from __future__ import annotations

import dataclasses
from typing import Any
from urllib.parse import quote

import httpx

from local.admin_http import AdminClient
from local.emulator.arrivals import Arrivals, Marker
from local.emulator.behaviour import Behaviour
from local.emulator.catalogue import ConnectionReference
from local.emulator.faults import Fault
from local.emulator.flow_session import FlowSession
from local.emulator.gates import GateName
from local.emulator.records import Delivery, RecordedRequest, SessionSummary, State, Submission
from local.emulator.typed import read


class EmulatorAdmin(AdminClient):
    """Steers the emulator at `url`; a request that it refuses raises ValueError with its reason."""

    def __init__(self, url: str) -> None:
        super().__init__(f"{url}/_emulator/")

    def state(self) -> State:
        """Return everything that happened since the last reset."""
        given = self._call("GET", "state")
        return State(
            now_ms=given["now_ms"],
            sessions=tuple(SessionSummary(**one) for one in given["sessions"]),
            submissions=tuple(Submission(**one) for one in given["submissions"]),
            deliveries=tuple(Delivery(**one) for one in given["deliveries"]),
            held=tuple(given["held"]),
        )

    def requests(self, path: str = "") -> list[RecordedRequest]:
        """Return the requests whose path begins so."""
        given = self._call("GET", f"requests?{httpx.QueryParams(path=path)}")
        return [RecordedRequest(**one) for one in given]

    def add_fault(self, fault: Fault) -> None:
        self._call("POST", "faults", dataclasses.asdict(fault))

    def clear_faults(self, name: str | None = None) -> None:
        """Remove the faults that wait; with a name, only those that have it."""
        query = "" if name is None else f"?{httpx.QueryParams(name=name)}"
        self._call("DELETE", f"faults{query}")

    def behaviour(self) -> Behaviour:
        return read(Behaviour, self._call("GET", "behaviour"))

    def change_behaviour(self, **fields: Any) -> Behaviour:
        """Set some of Behaviour's fields; return all."""
        return read(Behaviour, self._call("PATCH", "behaviour", fields))

    def bind_reference(
        self, logical_name: str, connection: str | None, *, active: bool = True
    ) -> ConnectionReference:
        """Let a connection reference stand for another connection from now on, or for none."""
        path = f"references/{quote(logical_name, safe='')}"
        fields = {"connection": connection, "active": active}
        return ConnectionReference(**self._call("PUT", path, fields))

    def arrivals(self, window_seconds: float = 60) -> dict[str | None, Arrivals]:
        """Count the submissions of each connection, and the most that came in a sliding window."""
        return self._arrivals("connection", window_seconds)

    def arrivals_by(self, marker: Marker, window_seconds: float = 60) -> dict[str | None, Arrivals]:
        """Count the submissions that carried the same marker: a run's callback URL, or an id."""
        return self._arrivals(marker, window_seconds)

    def _arrivals(self, by: str, window_seconds: float) -> dict[str | None, Arrivals]:
        query = httpx.QueryParams(window_seconds=window_seconds)
        given = [read(Arrivals, one) for one in self._call("GET", f"arrivals/{by}?{query}")]
        return {one.key: one for one in given}

    def expire_tokens(self) -> None:
        self._call("POST", "tokens/expire")

    def hold(self, gate: GateName) -> None:
        self._call("POST", f"hold/{gate}")

    def release(self, gate: GateName) -> None:
        self._call("POST", f"release/{gate}")

    def reset(self) -> None:
        """Forget everything but the tokens, and go back to the behaviour of the start."""
        self._call("POST", "reset")

    def session(self, session_id: str) -> FlowSession:
        return FlowSession(**self._call("GET", f"sessions/{session_id}"))

    def create_session(self, **fields: Any) -> FlowSession:
        """Make a session that no submission made; the fields are those of NewSession."""
        return FlowSession(**self._call("POST", "sessions", fields))

    def create_sessions(self, count: int, **fields: Any) -> list[str]:
        """Make many sessions alike; give their ids."""
        ids: list[str] = self._call("POST", f"sessions/many/{count}", fields)
        return ids

    def change_session(self, session_id: str, **fields: Any) -> FlowSession:
        """Set values of a session as they are; the fields are those of SessionChange."""
        return FlowSession(**self._call("PATCH", f"sessions/{session_id}", fields))

    def delete_session(self, session_id: str) -> None:
        self._call("DELETE", f"sessions/{session_id}")

    def finish_session(self, session_id: str, **fields: Any) -> FlowSession:
        """End a session as decided here; the fields are those of Finish."""
        return FlowSession(**self._call("POST", f"sessions/{session_id}/finish", fields))

    def send_callback(
        self, session_id: str, *, url: str | None = None, body: Any = None, times: int = 1
    ) -> list[Delivery]:
        """Send a session's callback now, true or forged, and return what was answered."""
        order = {"session_id": session_id, "url": url, "body": body, "times": times}
        return [Delivery(**one) for one in self._call("POST", "callbacks", order)]
