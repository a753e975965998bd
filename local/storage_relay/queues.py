"""Queue Storage as the service would have it: no message over 64 KiB, no wait over seven days.

Facts: Microsoft Learn, "Upsert Message".
"""

from __future__ import annotations

import re
from urllib.parse import parse_qs, urlsplit

from local.fault_proxy.message import Message
from local.storage_relay.answers import queue_refusal
from local.storage_relay.entities import RefusedError

MESSAGE_BYTES = 64 * 1024
LONGEST_SECONDS = 7 * 24 * 3600
_TEXT = re.compile(rb"<MessageText>(.*)</MessageText>", re.DOTALL)


class QueueRules:
    """Judges requests to the queue service of one account."""

    def judge(self, request: Message) -> Message:
        """Give the request as it goes on, or the answer that it gets instead."""
        address = urlsplit(request.target)
        if request.method != "POST" or not address.path.endswith("/messages"):
            return request
        text = _TEXT.search(request.content)
        if text is not None and len(text.group(1)) > MESSAGE_BYTES:
            message = "The message is larger than 64 KiB."
            return queue_refusal(RefusedError(413, "RequestBodyTooLarge", message))
        options = parse_qs(address.query)
        hidden = int(options.get("visibilitytimeout", ["0"])[0])
        lives = int(options.get("messagettl", [str(LONGEST_SECONDS)])[0])
        if hidden > LONGEST_SECONDS or hidden < 0 or (0 < lives <= hidden):
            message = "visibilitytimeout must be 0 to 604800 and less than messagettl."
            return queue_refusal(RefusedError(400, "OutOfRangeQueryParameterValue", message))
        return request

    def heard(self, request: Message, answer: Message) -> None:
        """Nothing of an answer counts here."""
