"""Addresses that were seen, as 64-bit hashes: about 24 bytes an address, whatever its length."""

from __future__ import annotations

from array import array

_FIRST_SLOTS = 1 << 12
_LINE_BITS = 48


class Seen:
    """Which line of which file named an address first. An open table of hashes with linear steps.

    Two different addresses of ten million share a hash with a chance of about 1 : 400,000. The hash is keyed
    anew by each process, so that nobody can choose addresses that do.
    """

    def __init__(self) -> None:
        self._files: list[str] = []
        self._count = 0
        self._make(_FIRST_SLOTS)

    def _make(self, slots: int) -> None:
        self._mask = slots - 1
        self._keys = array("Q", bytes(8 * slots))
        self._places = array("Q", bytes(8 * slots))

    def first(self, address: str, file: str, line: int) -> tuple[str, int] | None:
        """File and line that named the address before; None, and it is remembered, where none did."""
        key = hash(address) & 0xFFFF_FFFF_FFFF_FFFF or 1
        keys, mask = self._keys, self._mask
        slot = key & mask
        while found := keys[slot]:
            if found == key:
                place = self._places[slot]
                return self._files[place >> _LINE_BITS], place & ((1 << _LINE_BITS) - 1)
            slot = (slot + 1) & mask
        if not self._files or self._files[-1] != file:
            self._files.append(file)
        keys[slot] = key
        self._places[slot] = (len(self._files) - 1) << _LINE_BITS | line
        self._count += 1
        if self._count * 3 > mask * 2:
            self._grow()
        return None

    def _grow(self) -> None:
        keys, places = self._keys, self._places
        self._make(2 * len(keys))
        mask = self._mask
        for key, place in zip(keys, places, strict=True):
            if key:
                slot = key & mask
                while self._keys[slot]:
                    slot = (slot + 1) & mask
                self._keys[slot] = key
                self._places[slot] = place
