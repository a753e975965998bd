"""What the messages that trigger functions say."""

from collections.abc import Callable

import azure.functions as func

from shared.domain.message_text import decoded


def text_of(msg: func.QueueMessage, is_plain: Callable[[str], bool]) -> bytes:
    """Give a message's content in UTF-8, whichever way it was sent."""
    return decoded(msg.get_body(), is_plain)
