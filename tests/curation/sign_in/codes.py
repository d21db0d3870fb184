"""An authenticator app, as the tests hold one."""

from __future__ import annotations

import base64
import hashlib
import hmac
import struct
import time

STEP = 30


def code_of(secret: str, steps: int = 0, digits: int = 6) -> str:
    """RFC 6238 with SHA-1, written out here: the code `steps` steps of thirty seconds from now."""
    counter = int(time.time()) // STEP + steps
    key = base64.b32decode(secret.replace(" ", ""))
    digest = hmac.new(key, struct.pack(">Q", counter), hashlib.sha1).digest()
    place = digest[-1] & 15
    number = struct.unpack(">I", digest[place : place + 4])[0] & 0x7FFFFFFF
    return str(number % 10**digits).zfill(digits)
