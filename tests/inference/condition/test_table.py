"""What is written is what is read."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from inference.condition.table import (
    COLUMNS,
    HEATMAP,
    SheetRow,
    TileScores,
    beside,
    head,
    read_table,
    read_tiles_of,
    row_line,
    write_tiles,
)
from inference.errors import InputError

ROWS = [
    SheetRow("a.jpg", "7", "ab" * 32, 300, 200, 15, 3, 4.25, 0.5, 0.25, 0.75, 0.125, 0, 64, 64, 128, "mould"),
    SheetRow("tab\tin\nit.jpg", problem="unreadable"),
    SheetRow('quo"te.jpg', "x", "", 10, 10, 1, 0, 0.0, problem="blank"),
    SheetRow("\udcff.jpg", problem="small"),
]


def test_a_table_reads_back(tmp_path: Path) -> None:
    table = tmp_path / "t.tsv"
    table.write_bytes(head() + b"".join(map(row_line, ROWS)))
    assert list(read_table(table)) == ROWS
    assert ROWS[0].hottest == (0, 64, 64, 128)
    assert ROWS[1].hottest is None
    assert table.read_bytes().splitlines()[0].decode().split("\t") == list(COLUMNS)


def test_a_table_that_is_something_else_is_refused(tmp_path: Path) -> None:
    table = tmp_path / "t.tsv"
    good = row_line(ROWS[0])
    for content, words in [
        (b"", "the columns must be file, id"),
        (b"file\tid\n", "got file, id$"),
        (head() + good[:20] + b"\n", "line 2: must have 18 cells"),
        (head() + good + good.replace(b"4.250000", b"four"), "line 3: entropy must be a number, got 'four'"),
        (head() + row_line(SheetRow("a", problem="odd")), "problem must be one of"),
    ]:
        table.write_bytes(content)
        with pytest.raises(InputError, match=words):
            list(read_table(table))


def _scores() -> TileScores:
    return TileScores(
        ("clean", "mould", "insects"),
        0,
        (192, 64),
        np.array([(0, 0, 64, 64), (64, 0, 128, 64), (128, 0, 192, 64)], np.int32),
        np.array([0.5, 2, 3], np.float32),
        np.array([False, True, True]),
        np.array([[np.nan] * 3, [0.5, 0.25, 0.25], [0.125, 0.5, 0.375]], np.float32),
    )


def test_tiles_read_back_with_every_class(tmp_path: Path) -> None:
    file = beside(tmp_path / "tiles", "sub/a.jpg", ".npz")
    assert file == tmp_path / "tiles" / "sub" / "a.jpg.npz"
    assert beside(tmp_path, "a.jpg", HEATMAP).name == "a.jpg.png"
    write_tiles(file, _scores())
    found = read_tiles_of(file)
    assert (found.classes, found.sound, found.size) == (("clean", "mould", "insects"), 0, (192, 64))
    for name in ("boxes", "entropy", "kept", "probabilities"):
        np.testing.assert_array_equal(getattr(found, name), getattr(_scores(), name))
        assert getattr(found, name).dtype == getattr(_scores(), name).dtype
    np.testing.assert_array_equal(found.condition, np.array([np.nan, 0.5, 0.875], np.float32))
    first = file.read_bytes()
    write_tiles(file, _scores())
    assert file.read_bytes() == first


def test_damaged_tiles_have_a_reason(tmp_path: Path) -> None:
    file = tmp_path / "a.npz"
    write_tiles(file, _scores())
    whole = file.read_bytes()
    changed = bytearray(whole)
    changed[120] ^= 255
    for content in (b"", b"no", whole[:200], bytes(changed)):
        file.write_bytes(content)
        with pytest.raises(InputError, match="must be the tiles of a screened sheet"):
            read_tiles_of(file)
    with file.open("wb") as stream:
        np.savez(stream, boxes=np.zeros((1, 4)))
    with pytest.raises(InputError, match="must be the tiles"):
        read_tiles_of(file)
    with pytest.raises(FileNotFoundError):
        read_tiles_of(tmp_path / "none.npz")
