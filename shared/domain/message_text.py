"""What a queue message says, whether its sender wrote it in base64 or as it is.

Older SDKs and the app itself write base64, newer ones and Event Grid plain text. The host hands
both over as they stand (`messageEncoding` none in host.json), so that none is poison unseen.
"""

import base64
import binascii
from collections.abc import Callable


def decoded(body: bytes, is_plain: Callable[[str], bool]) -> bytes:
    """Give a message's content in UTF-8; `is_plain`: whether a text is one of those asked for.

    What is neither that nor base64 is given as it stands: the reader says what is wrong with it.
    """
    if is_plain(body.decode("utf-8", "replace")):
        return body
    try:
        return base64.b64decode(b"".join(body.split()), validate=True) or body
    except binascii.Error:
        return body


def is_json_object(text: str) -> bool:
    return text.lstrip().startswith("{")
