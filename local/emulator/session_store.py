"""All flow sessions, found by id and by callback URL without looking through all."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

from local.emulator.errors import not_found
from local.emulator.flow_session import FlowSession, row_of
from local.emulator.odata_filter import Condition


class SessionStore:
    """The sessions in the order of their creation."""

    def __init__(self) -> None:
        self._by_id: dict[str, FlowSession] = {}
        # Comparisons in `$filter` ignore case, so the index does.
        self._by_url: dict[str, dict[str, FlowSession]] = {}

    def __iter__(self) -> Iterator[FlowSession]:
        return iter(self._by_id.values())

    def __len__(self) -> int:
        return len(self._by_id)

    def __contains__(self, session: object) -> bool:
        return isinstance(session, FlowSession) and self._by_id.get(session.id) is session

    def add(self, session: FlowSession) -> None:
        self._by_id[session.id] = session
        self._index(session)

    def get(self, session_id: str) -> FlowSession:
        """Return a session; 404 if there is none."""
        session = self._by_id.get(session_id.lower())
        if session is None:
            raise not_found("flowsession", session_id)
        return session

    def visible(self, session_id: str, now: int) -> FlowSession:
        """Return a session that queries show already; 404 if there is none."""
        session = self.get(session_id)
        if session.visible_ms > now:
            raise not_found("flowsession", session_id)
        return session

    def remove(self, session: FlowSession) -> None:
        del self._by_id[session.id]
        self._forget_url(session)

    def change(self, session: FlowSession, **values: Any) -> None:
        """Set some of a session's values, and keep the index of callback URLs right."""
        self._forget_url(session)
        for name, value in values.items():
            setattr(session, name, value)
        session.version += 1
        self._index(session)

    def clear(self) -> None:
        self._by_id.clear()
        self._by_url.clear()

    def found(self, condition: Condition | None, now: int) -> list[FlowSession]:
        """Return the sessions that fulfil a condition and that queries show at `now` (ms)."""
        visible = (one for one in self._candidates(condition) if one.visible_ms <= now)
        return [one for one in visible if condition is None or condition.holds(row_of(one))]

    def _candidates(self, condition: Condition | None) -> Iterable[FlowSession]:
        if condition is not None and (ids := condition.keys("flowsessionid")) is not None:
            return [self._by_id[one] for one in sorted(ids) if one in self._by_id]
        if condition is not None and (urls := condition.keys("callbackurl")) is not None:
            return [s for url in sorted(urls) for s in self._by_url.get(url, {}).values()]
        return list(self._by_id.values())

    def _index(self, session: FlowSession) -> None:
        if session.callbackurl is not None:
            at_url = self._by_url.setdefault(session.callbackurl.casefold(), {})
            at_url[session.id] = session

    def _forget_url(self, session: FlowSession) -> None:
        if session.callbackurl is not None:
            self._by_url[session.callbackurl.casefold()].pop(session.id, None)
