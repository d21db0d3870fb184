"""A file that goes to the disk while it is written: the same bytes, and no refusal of the disk is lost."""

from __future__ import annotations

import errno
import os
import time
from pathlib import Path

import pytest

from curation.services.exports import steady as module
from curation.services.exports.steady import steady


def test_the_bytes_and_when_they_are_synced(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    sizes: list[int] = []

    def noted(descriptor: int) -> None:
        sizes.append(os.fstat(descriptor).st_size)
        os.fsync(descriptor)

    monkeypatch.setattr(module, "PIECE", 3 << 20)
    monkeypatch.setattr(module, "_sync", noted)
    content = os.urandom(1 << 16)
    with steady(tmp_path / "file") as file:
        for _ in range(200):
            file.write(content)
        assert file.tell() == 200 << 16
    assert (tmp_path / "file").read_bytes() == content * 200
    assert sizes and all(size >= 3 << 20 for size in sizes)


@pytest.mark.parametrize("refused", ["first", "last"])
def test_what_the_disk_refuses_is_raised(
    refused: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """By a sync that others follow, and by the last one, which only closing waits for."""
    pieces = 40 if refused == "first" else 3
    calls: list[int] = []

    def full(descriptor: int) -> None:
        calls.append(descriptor)
        if len(calls) == 1:
            raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(module, "PIECE", 2 << 20)
    monkeypatch.setattr(module, "_sync", full)
    with pytest.raises(OSError, match="No space left"), steady(tmp_path / "file") as file:
        for _ in range(pieces):
            file.write(bytes(1 << 20))
            time.sleep(0.001)  # for the sync before to end


def test_closing_twice_is_closing_once(tmp_path: Path) -> None:
    file = steady(tmp_path / "file")
    file.close()
    file.close()
    assert file.closed
