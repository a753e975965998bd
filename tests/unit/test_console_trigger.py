"""The console's files as they are served: to anybody, unchanged, and no other file of the app."""

from __future__ import annotations

import re
from pathlib import Path
from typing import ClassVar

import azure.functions as func
import pytest

from local.host.functions import HttpFunction, read_functions
from local.host.invocation import InvocationContext
from local.host.routes import read_routes
from shared.triggers import console

FILES = sorted(path.name for path in console.FOLDER.iterdir())
TYPES = {
    "index.html": "text/html",
    "console.css": "text/css",
    "app.js": "text/javascript",
    "icon.svg": "image/svg+xml",
}
NOT_SERVED = [
    "",
    "nothing.js",
    "..",
    "../triggers/console.py",
    "..%2ftriggers%2fconsole.py",
    "..\\triggers\\console.py",
    "../../function_app.py",
    "/etc/passwd",
    str(console.FOLDER / "app.js"),
    "./app.js",
    "app.js/",
    "APP.JS",
    "app.js\0",
    "app.js%00",
    "__init__.py",
]
QUOTED = re.compile(r"""(?:from|import) "\./([^"]+)";""")


def functions() -> list[HttpFunction]:
    app = func.FunctionApp()
    app.register_functions(console.blueprint())
    return [each for each in read_functions(app) if isinstance(each, HttpFunction)]


def ask(
    file: str | None = None, *, tag: str | None = None, slash: str = "", method: str = "GET"
) -> func.HttpResponse:
    """Call the page's function, or its files' with a name as the host would give it."""
    name = "console" if file is None else "console_file"
    (function,) = [each for each in functions() if each.name == name]
    request = func.HttpRequest(
        method,
        f"https://broker.example.org/api/console{slash}",
        headers={} if tag is None else {"If-None-Match": tag},
        route_params={} if file is None else {"file": file},
        body=b"",
    )
    answer: func.HttpResponse = function.call(request, InvocationContext("an id", name, ""))
    return answer


def test_everybody_gets_the_page_and_it_is_read_only() -> None:
    """A browser cannot send a key when it opens a page."""
    assert {each.auth_level for each in functions()} == {"ANONYMOUS"}
    assert {method for each in functions() for method in each.methods} == {"GET", "HEAD"}
    assert ask().get_body() == (console.FOLDER / "index.html").read_bytes()


@pytest.mark.parametrize("file", FILES)
def test_each_file_is_served_as_it_is(file: str) -> None:
    answer = ask(file)
    assert answer.status_code == 200
    assert answer.get_body() == (console.FOLDER / file).read_bytes()
    assert answer.mimetype == console.TYPES[Path(file).suffix]
    assert answer.charset == "utf-8"


@pytest.mark.parametrize("file", TYPES)
def test_a_file_has_the_type_that_a_browser_runs_it_by(file: str) -> None:
    """With nosniff a module of another type is not run, a stylesheet not used."""
    assert ask(file).mimetype == TYPES[file]


@pytest.mark.parametrize("file", NOT_SERVED)
def test_nothing_else_is_served_whatever_its_name(file: str) -> None:
    answer = ask(file)
    assert (answer.status_code, answer.mimetype) == (404, "text/plain")
    assert answer.get_body() == b"There is no such file."


def test_a_path_below_the_files_is_no_route() -> None:
    routes = read_routes(functions())
    assert not any(route.match("console/../triggers/console.py") for route in routes)


@pytest.mark.parametrize("answer", [ask(), ask("app.js"), ask("nothing"), ask(slash="/")])
def test_every_answer_has_the_policy(answer: func.HttpResponse) -> None:
    """Nothing of another site, nothing inline, no eval, no frame, no text taken for a script."""
    policy = dict(each.split(" ", 1) for each in console.POLICY.split("; "))
    assert policy["default-src"] == "'none'"
    assert policy["script-src"] == policy["style-src"] == policy["connect-src"] == "'self'"
    assert policy["base-uri"] == policy["form-action"] == policy["frame-ancestors"] == "'none'"
    assert policy["require-trusted-types-for"] == "'script'"
    assert answer.headers["Content-Security-Policy"] == console.POLICY
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert answer.headers["X-Frame-Options"] == "DENY"
    assert answer.headers["Referrer-Policy"] == "no-referrer"


def test_who_has_a_file_is_told_so() -> None:
    """Each is asked for again at each load, since no name tells its version."""
    first = ask("app.js")
    tag = first.headers["ETag"]
    assert first.headers["Cache-Control"] == "no-cache"
    for given in (tag, f"W/{tag}", f'"another", {tag}', "*"):
        again = ask("app.js", tag=given)
        assert (again.status_code, again.get_body()) == (304, b"")
        assert again.headers["ETag"] == tag
    assert ask("app.js", tag='"another"').status_code == 200
    assert ask("console.css", tag=tag).status_code == 200


def test_head_is_answered_as_get() -> None:
    """The server leaves the body out, and tells its length."""
    got, headed = ask("app.js"), ask("app.js", method="HEAD")
    assert (headed.status_code, dict(headed.headers)) == (got.status_code, dict(got.headers))


def test_a_slash_too_many_leads_to_the_page() -> None:
    """Below `console/` the page would look for its files one folder too deep."""
    answer = ask(slash="/")
    assert (answer.status_code, answer.headers["Location"]) == (308, "../console")


def test_no_file_is_read_before_the_page_is_asked_for() -> None:
    """A cold start pays for what it registers alone."""
    console.files.cache_clear()
    functions()
    assert console.files.cache_info().misses == 0


class TestTheFiles:
    """What the policy would forbid is not there, so that nobody has to see it fail."""

    page = (console.FOLDER / "index.html").read_text()
    scripts: ClassVar = {
        name: (console.FOLDER / name).read_text() for name in FILES if name.endswith(".js")
    }

    def test_the_page_has_no_script_or_style_of_its_own(self) -> None:
        assert "style=" not in self.page
        assert "<style" not in self.page
        assert not re.search(r"<script(?![^>]*\bsrc=)", self.page)
        assert not re.search(r"\son\w+=", self.page)

    def test_the_page_names_every_module_so_that_none_waits_for_another(self) -> None:
        preloaded = set(re.findall(r'rel="modulepreload" href="console/([^"]+)"', self.page))
        assert preloaded | {"app.js"} == set(self.scripts)

    def test_no_script_makes_code_or_markup_of_text(self) -> None:
        forbidden = re.compile(
            r"innerHTML|outerHTML|insertAdjacentHTML|document\.write|\beval\(|new Function"
            r"|srcdoc|DOMParser|setTimeout\(\s*[\"'`]"
        )
        found = {name: forbidden.findall(text) for name, text in self.scripts.items()}
        assert {name: each for name, each in found.items() if each} == {}

    def test_no_file_names_another_site(self) -> None:
        known = "http://www.w3.org/2000/svg"
        for name in FILES:
            text = (console.FOLDER / name).read_text().replace(known, "")
            assert not re.search(r"https?://[\w.]+\.\w", text), name

    def test_modules_are_small_and_say_what_they_are_for(self) -> None:
        for name, text in self.scripts.items():
            assert text.startswith("// "), name
            assert text.count("\n") <= 250, name

    def test_every_import_is_there(self) -> None:
        for name, text in self.scripts.items():
            assert set(QUOTED.findall(text)) <= set(self.scripts), name
