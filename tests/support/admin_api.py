"""What a system administrator's calls find in Dataverse: units, users, roles, privileges, shares.

As far as infra/dataverse/access.py needs it, and as the Web API's reference describes it: filters
are equalities, names compare without case, an association may be made once.
"""

from __future__ import annotations

import re
import threading
import uuid
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from json import dumps, loads
from typing import Any, Self
from urllib.parse import parse_qs, unquote, urlsplit

Row = dict[str, Any]
TOKEN = "an administrator's token"
_KEYS = {"businessunits": "businessunitid", "systemusers": "systemuserid", "roles": "roleid"}
_EQUAL = re.compile(r"(\w+) eq (?:'([^']*)'|([\w-]+))")
_BOUND = re.compile(r"\(([\w-]+)\)")


class AdminApi:
    """One environment; `refuse`: the paths that it answers with 403."""

    def __init__(self, tables: dict[str, list[str]]) -> None:
        names = [f"prv{verb}{table}" for table, verbs in tables.items() for verb in verbs]
        self.unit = str(uuid.uuid4())
        self.rows: dict[str, list[Row]] = {
            "businessunits": [{"businessunitid": self.unit, "_parentbusinessunitid_value": None}],
            "systemusers": [],
            "roles": [],
            "privileges": [{"privilegeid": str(uuid.uuid4()), "name": name} for name in names],
        }
        self.role_privileges: dict[str, dict[str, str]] = {}
        self.user_roles: dict[str, list[str]] = {}
        self.shares: dict[tuple[str, str], str] = {}
        self.calls: list[tuple[str, str]] = []
        self.refuse: set[str] = set()
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), self._handler())
        self.url = f"http://127.0.0.1:{self._server.server_address[1]}"

    def __enter__(self) -> Self:
        threading.Thread(target=self._server.serve_forever, daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        self._server.shutdown()
        self._server.server_close()

    def answer(self, method: str, target: str, body: Row | None) -> tuple[int, Row | None]:
        """Answer a call as the Web API would: status and JSON."""
        url = urlsplit(target)
        path = unquote(url.path).removeprefix("/api/data/v9.2/")
        self.calls.append((method, path))
        if path in self.refuse:
            return 403, {"error": {"code": "0x80040220", "message": "privilege is missing"}}
        bound = _BOUND.search(path)
        named = bound[1] if bound else ""
        if path in self.rows and method == "GET":
            return 200, {"value": self._found(path, parse_qs(url.query)["$filter"][0])}
        if path in _KEYS and method == "POST":
            return 201, self._made(path, body or {})
        if path == "GrantAccess" or ".RetrievePrincipalAccess(" in path:
            return self._shared(path, named, body or {})
        return self._acted(method, path, named, body or {})

    def _acted(self, method: str, path: str, named: str, body: Row) -> tuple[int, Row | None]:
        if path.endswith(".AddPrivilegesRole"):
            kept = self.role_privileges.setdefault(named, {})
            names = {row["privilegeid"]: row["name"] for row in self.rows["privileges"]}
            kept.update({names[each["PrivilegeId"]]: each["Depth"] for each in body["Privileges"]})
            return 204, None
        if path.endswith("systemuserroles_association"):
            return 200, {"value": [{"roleid": each} for each in self.user_roles.get(named, [])]}
        if path.endswith("systemuserroles_association/$ref"):
            (role,) = _BOUND.findall(body["@odata.id"])
            roles = self.user_roles.setdefault(named, [])
            if role in roles:
                return 412, {"error": {"code": "0x80040237", "message": "a duplicate key"}}
            roles.append(role)
            return 204, None
        return 404, {"error": {"code": "0x80060888", "message": f"no {method} {path}"}}

    def _shared(self, path: str, named: str, body: Row) -> tuple[int, Row | None]:
        if path == "GrantAccess":
            access = body["PrincipalAccess"]
            key = (access["Principal"]["systemuserid"], body["Target"]["workflowid"])
            self.shares[key] = access["AccessMask"]
            return 204, None
        (right,) = [mask for (user, _), mask in self.shares.items() if user == named]
        return 200, {"AccessRights": right}

    def _found(self, table: str, where: str) -> list[Row]:
        wanted = [(name, text or other) for name, text, other in _EQUAL.findall(where)]
        every = any if " or " in where else all
        return [row for row in self.rows[table] if every(_is(row, *each) for each in wanted)]

    def _made(self, table: str, body: Row) -> Row:
        unit = {"_businessunitid_value": _BOUND.findall(body["businessunitid@odata.bind"])[0]}
        row = {_KEYS[table]: str(uuid.uuid4()), **unit, **body}
        self.rows[table].append(row)
        return row

    def _handler(self) -> type[BaseHTTPRequestHandler]:
        api = self

        class Handler(BaseHTTPRequestHandler):
            def _reply(self) -> None:
                length = int(self.headers.get("Content-Length") or 0)
                body = loads(self.rfile.read(length)) if length else None
                known = self.headers["Authorization"] == f"Bearer {TOKEN}"
                status, told = api.answer(self.command, self.path, body) if known else (401, None)
                text = b"" if told is None else dumps(told).encode()
                self.send_response(status)
                self.send_header("Content-Length", str(len(text)))
                self.end_headers()
                self.wfile.write(text)

            do_GET = do_POST = _reply  # noqa: N815 - the server's own names

            def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - as above
                pass

        return Handler


def _is(row: Row, name: str, value: str) -> bool:
    kept = row.get(name)
    return value == "null" if kept is None else str(kept).casefold() == value.casefold()
