"""Hosts that each serve some of the app's functions, as instances of Flex Consumption do."""

from __future__ import annotations

import textwrap
from pathlib import Path

from local.parts.process import REPOSITORY

SOURCE = """
    import importlib.util

    import azure.functions as func

    spec = importlib.util.spec_from_file_location("whole_app", {whole!r})
    whole = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(whole)


    class Part(func.FunctionApp):
        def get_functions(self):
            return [
                each
                for each in whole.app.get_functions()
                if each.get_function_name() in {names!r}
            ]


    app = Part()
    """


def role(folder: Path, *names: str) -> Path:
    """Make the folder of an app that has these functions alone, and give it."""
    folder.mkdir()
    (folder / "host.json").write_bytes((REPOSITORY / "host.json").read_bytes())
    source = SOURCE.format(whole=str(REPOSITORY / "function_app.py"), names=names)
    (folder / "function_app.py").write_text(textwrap.dedent(source))
    return folder
