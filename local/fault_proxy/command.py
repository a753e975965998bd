"""The command: `python -m local.fault_proxy`, its options and its ready line."""

from __future__ import annotations

import argparse

from local.fault_proxy.admin import Desk
from local.fault_proxy.proxy import Proxy
from local.fault_proxy.serving import add_options, serve


def main(arguments: list[str] | None = None) -> int:
    """Serve until a signal comes: 0 after a stop, 1 if a port cannot be had."""
    parser = argparse.ArgumentParser(prog="python -m local.fault_proxy", description=__doc__)
    parser.add_argument(
        "--to", action="append", required=True, help="a service behind, `http://host:port`"
    )
    add_options(parser)
    options = parser.parse_args(arguments)
    desk = Desk()
    proxies = [Proxy(upstream, desk) for upstream in options.to]
    return serve("local.fault_proxy", proxies, port=options.port, parent_pid=options.parent_pid)
