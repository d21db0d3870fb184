"""Pictures that end the process which decodes them: tried twice, then refused, and the rest goes on.

While a picture is decoded its SHA-256 is noted in Redis. A process that dies leaves its notes behind, so that
whoever meets the picture next has it tried in a process of its own first (curation.imaging.probe). A crash
there costs nothing but that process and is the proof; what was merely beside a crash passes.

Redis and not the disk: the next try may be on another machine. Without Redis nothing is noted and pictures
are decoded as ever.
"""

from __future__ import annotations

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path

import redis
from django.conf import settings

from curation.imaging import PictureError
from curation.imaging.probe import crash_of
from inference.files import sha256_of

logger = logging.getLogger(__name__)

KEPT = 7 * 24 * 60 * 60  # seconds that the note of a dead process is kept
RULE = "crashes"
# The process that tried a suspect died as well, with its child: for lack of memory on the whole machine, say.
MOST_TRIES = 3


@cache
def _redis() -> redis.Redis:
    return redis.Redis.from_url(settings.REDIS_URL, socket_timeout=2, socket_connect_timeout=2)


def note_of(sha256: str) -> str:
    """The key of the note: how many processes began to decode the file and did not end it."""
    return f"vasculum:decoding:{sha256}"


@contextmanager
def decoding(path: Path, name: str) -> Iterator[None]:
    """Around whatever decodes the file at `path`, which people call `name`.

    Raises PictureError with the rule "crashes" instead of letting it be decoded once more.
    """
    sha256 = _sha256(path)
    if sha256 is None:
        yield
        return
    tries = _begin(sha256)
    if tries > 1:
        _judge(path, name, sha256, tries)
    try:
        yield
    finally:
        _forget(sha256)


def _judge(path: Path, name: str, sha256: str, tries: int) -> None:
    """Let a suspect pass, or refuse it and keep it suspect: a later delivery of it ends no worker either."""
    crash = f"{tries - 1} processes lost" if tries > MOST_TRIES else crash_of(path)
    if not crash:
        return
    logger.error("%s (%s) ends the process that decodes it: %s", name, sha256, crash)
    _write(sha256)
    raise PictureError(
        name,
        RULE,
        f"decoding it ended the worker, and then a process of its own as well ({crash}); it is left out, and "
        "the rest goes on. Open and save it with another program, or fetch it again",
    )


def _sha256(path: Path) -> str | None:
    """None for what cannot be read, or is no file: whoever decodes it says so properly."""
    try:
        return sha256_of(path) if path.is_file() else None
    except OSError:
        return None


def _begin(sha256: str) -> int:
    try:
        pipe = _redis().pipeline()
        pipe.incr(note_of(sha256))
        pipe.expire(note_of(sha256), KEPT)
        return int(pipe.execute()[0])
    except redis.RedisError:
        return 1


def _write(sha256: str) -> None:
    try:
        _redis().set(note_of(sha256), 1, ex=KEPT)
    except redis.RedisError as error:
        logger.warning("The note on %s is not kept: %s", sha256, error)


def _forget(sha256: str) -> None:
    try:
        _redis().delete(note_of(sha256))
    except redis.RedisError as error:
        # It runs out by itself; until then the picture is tried in a process of its own, which is slower.
        logger.warning("The note on %s is not taken back: %s", sha256, error)
