"""Addresses of picture files that open without a sign-in for a while.

For a program that hands pictures to a viewer or a labelling tool: that needs no account then, and no token of
its own. An address names one file and its end and is signed with the site's key; it is good for that file
until then, for whoever has it, and cannot be taken back except with the key.
"""

from __future__ import annotations

import time
from datetime import UTC, datetime

from django.core.signing import Signer
from django.urls import reverse
from django.utils.crypto import constant_time_compare

from curation.models import Image

SALT = "curation.picture_links"
SECONDS, MOST_SECONDS = 15 * 60, 24 * 60 * 60  # how long one is good: unless asked otherwise, and at most


def signed_address(image: Image, rendition: str, seconds: int = SECONDS) -> tuple[str, datetime]:
    """Path and query of the file, and when the address ends."""
    if not 1 <= seconds <= MOST_SECONDS:
        raise ValueError(f"seconds must be 1 to {MOST_SECONDS}, got {seconds}")
    extension = image.file_name(rendition).rpartition(".")[2]
    until = int(time.time()) + seconds
    path = reverse("signed_picture", args=[rendition, image.sha256, extension])
    signature = _signature(rendition, image.sha256, extension, str(until))
    return f"{path}?until={until}&signature={signature}", datetime.fromtimestamp(until, UTC)


def seconds_left(rendition: str, sha256: str, extension: str, until: str, signature: str) -> int:
    """How long this address is still good; 0 where it has ended, or nobody here signed it so."""
    if not constant_time_compare(signature, _signature(rendition, sha256, extension, until)):
        return 0
    return max(0, int(until) - int(time.time()))  # what was signed is a number


def _signature(rendition: str, sha256: str, extension: str, until: str) -> str:
    return Signer(salt=SALT).signature(f"{rendition}/{sha256}.{extension}/{until}")
