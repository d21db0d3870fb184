"""Signatures of webhook messages: made by the server, checked by whoever receives them.

The header `X-Vasculum-Signature` is `t=<seconds since 1970>,v1=<hex>`; the hex is HMAC-SHA256, by the secret
of the webhook, of the time, a dot, and the body as it was sent. The time is signed, too, so that an old
message can't be sent again later.
"""

from __future__ import annotations

import hashlib
import hmac
import time

HEADER = "X-Vasculum-Signature"
TOLERANCE = 300  # seconds


class BadSignature(ValueError):
    """The message is not what this server sent, or too old. The text says which."""


def signature(secret: str, at: int, body: bytes) -> str:
    """The value of the header. at: seconds since 1970."""
    return f"t={at},v1={_mac(secret, at, body)}"


def verify(
    secret: str, header: str, body: bytes, *, tolerance: int = TOLERANCE, now: float | None = None
) -> int:
    """When the message was sent, in seconds since 1970. body: the bytes as received, before any parsing.

    tolerance: seconds that a message may be old, or ahead of this clock. Raises BadSignature.
    """
    parts = dict(part.partition("=")[::2] for part in header.split(","))
    stamp, given = parts.get("t", ""), parts.get("v1", "")
    if not (stamp.isascii() and stamp.isdigit() and len(stamp) < 16 and given):
        raise BadSignature(f"{HEADER} must be t=<seconds>,v1=<hex>, got {header[:80]!r}")
    at = int(stamp)
    if not hmac.compare_digest(_mac(secret, at, body).encode(), given.encode()):
        raise BadSignature("the signature is not that of this body by this secret")
    if abs((time.time() if now is None else now) - at) > tolerance:
        raise BadSignature(f"the message is of {at}, more than {tolerance} s away from now")
    return at


def _mac(secret: str, at: int, body: bytes) -> str:
    return hmac.new(secret.encode(), f"{at}.".encode() + body, hashlib.sha256).hexdigest()
