"""Recognises pictures that a host serves in place of others ("image not available", "no hot-linking")."""

from __future__ import annotations

from collections import OrderedDict

_KEPT = 50_000  # pictures a host; the oldest are forgotten


class StandIns:
    """Counts for each host how many different addresses gave the very same bytes."""

    def __init__(self, limit: int) -> None:
        self._limit = limit
        self._hosts: dict[str, OrderedDict[bytes, dict[int, int]]] = {}

    def seen(self, host: str, sha256: str, url: str, key: int) -> tuple[int, ...] | None:
        """None for a picture of its own. Otherwise the keys of earlier targets that got the same bytes and
        were not named before; `limit` addresses make a stand-in."""
        pictures = self._hosts.setdefault(host, OrderedDict())
        short = bytes.fromhex(sha256)[:12]
        addresses = pictures.setdefault(short, {})
        pictures.move_to_end(short)
        if len(pictures) > _KEPT:
            pictures.popitem(last=False)
        if len(addresses) >= self._limit:
            return ()
        earlier = tuple(addresses.values())
        addresses[hash(url)] = key
        return earlier if len(addresses) >= self._limit else None

    def forget(self, host: str) -> None:
        self._hosts.pop(host, None)
