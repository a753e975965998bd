"""The command: `python -m local.storage_relay`, its options and its ready line."""

from __future__ import annotations

import argparse

from local.fault_proxy.serving import add_options, serve
from local.storage_relay.pages import Pages
from local.storage_relay.queues import QueueRules
from local.storage_relay.rates import ENTITIES_A_SECOND, Rates
from local.storage_relay.relay import Relay
from local.storage_relay.tables import TableRules


def main(arguments: list[str] | None = None) -> int:
    """Serve until a signal comes: 0 after a stop, 1 if a port cannot be had."""
    parser = argparse.ArgumentParser(prog="python -m local.storage_relay", description=__doc__)
    add = parser.add_argument
    add("--table", required=True, help="the table service behind, `http://host:port`")
    add("--queue", required=True, help="the queue service behind, `http://host:port`")
    add("--whole-pages", action="store_true", help="no short and no empty pages")
    add("--busy-every", type=int, default=0, help="answer every n-th transaction with ServerBusy")
    add(
        "--entities-a-second",
        type=int,
        default=ENTITIES_A_SECOND,
        help="what one partition takes before the service is busy",
    )
    add_options(parser)
    options = parser.parse_args(arguments)
    tables = TableRules(
        Pages(shapes=not options.whole_pages),
        Rates(options.entities_a_second),
        options.busy_every,
    )
    relays = [Relay(options.table, tables), Relay(options.queue, QueueRules())]
    return serve("local.storage_relay", relays, port=options.port, parent_pid=options.parent_pid)
