"""A table under way outlives being cut off anywhere, and is not mixed with another one."""

from __future__ import annotations

import json
from collections import Counter
from pathlib import Path

import pytest

from inference.errors import InputError
from inference.part import Part
from inference.table import Counts

RUN = {"models": [{"name": "A"}], "options": {"top": None}, "input": {"listing": "1"}, "batch": 2}
ROWS = [b"1\na\n", b"", b'2\n"#batch {\n"\n', b"3\n"]
HEAD = b"file\n"


def _counts(number: int) -> Counts:
    return Counts({"A": Counter({"x": number, "y": 1})}, Counter({"A": number}))


def _add(part: Part, batches: range) -> None:
    for number in batches:
        part.add(2, ROWS[number], [("br\udcffken", "why")] if number == 1 else [], _counts(number))


def _written(output: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in output.parent.iterdir()}


@pytest.fixture
def whole(tmp_path: Path) -> dict[str, bytes]:
    """What is there after a run without interruption."""
    output = tmp_path / "whole" / "t.tsv"
    with Part(output, RUN) as part:
        _add(part, range(4))
        part.finish(HEAD)
    found = _written(output)
    assert found == {
        "t.tsv": HEAD + b"".join(ROWS),
        "t.errors.tsv": b"file\terror\nbr\xffken\twhy\n",
    }
    return found


def test_cut_off_anywhere_it_ends_the_same(whole: dict[str, bytes], tmp_path: Path) -> None:
    output = tmp_path / "t" / "t.tsv"
    with Part(output, RUN) as part:
        _add(part, range(4))
        path = part.path
    content = path.read_bytes()
    seen = set()
    # Not every byte: a table that is finished is synced to the disk, which takes its time.
    for size in [*range(0, len(content), 7), len(content)]:
        path.write_bytes(content[:size])
        with Part(output, RUN | {"batch": 9}) as part:
            done, left = divmod(part.pictures, 2)
            seen.add(done)
            assert left == 0
            assert part.run["batch"] == (2 if done else part.run["batch"])
            wanted = Counts()
            for number in range(done):
                wanted.add(_counts(number))
            assert part.counts == wanted
            _add(part, range(done, 4))
            part.finish(HEAD)
        assert _written(output) == whole
    assert seen == {0, 1, 2, 3, 4}


def test_a_damaged_batch_and_all_behind_it_are_done_again(whole: dict[str, bytes], tmp_path: Path) -> None:
    output = tmp_path / "t" / "t.tsv"
    with Part(output, RUN) as part:
        _add(part, range(4))
        path = part.path
    path.write_bytes(path.read_bytes().replace(ROWS[2], ROWS[2].upper().replace(b"2", b"9")))
    with Part(output, RUN) as part:
        assert part.pictures == 4
        _add(part, range(2, 4))
        part.finish(HEAD)
    assert _written(output) == whole


@pytest.mark.parametrize(
    ("other", "reason"),
    [
        ({"models": [{"name": "B"}]}, r'models was \[{"name": "A"}\], is \[{"name": "B"}\]'),
        ({"options": {"top": 3}}, "options: top was null, is 3"),
        ({"input": {"listing": "2"}}, 'input: listing was "1", is "2"'),
    ],
)
def test_another_run_is_refused_with_the_reason(
    other: dict[str, object], reason: str, tmp_path: Path
) -> None:
    output = tmp_path / "t.tsv"
    with Part(output, RUN) as part:
        _add(part, range(2))
        before = part.path.read_bytes()
    with pytest.raises(
        InputError, match=rf"t.tsv.part is of another run \(4 pictures\): {reason}; .*--fresh"
    ):
        Part(output, RUN | other)
    assert part.path.read_bytes() == before
    with Part(output, RUN | other, fresh=True) as anew:
        assert anew.pictures == 0
        anew.add(1, b"x\n", [], Counts())
    with Part(output, RUN | other) as again:
        assert again.pictures == 1


def test_what_is_no_part_is_left_alone(tmp_path: Path) -> None:
    output = tmp_path / "t.tsv"
    other = tmp_path / "t.tsv.part"
    for content in (b"mine\n", b"mine", b"#mine\n"):
        other.write_bytes(content)
        with pytest.raises(InputError, match=r"must be a table under way, it is something else"):
            Part(output, RUN)
        assert other.read_bytes() == content
    other.write_bytes(b"#vasculum-predictions " + json.dumps({"version": 2}).encode() + b"\n")
    with pytest.raises(InputError, match="written by another version"):
        Part(output, RUN)


def test_two_runs_do_not_write_the_same_table(tmp_path: Path) -> None:
    output = tmp_path / "t.tsv"
    with Part(output, RUN), pytest.raises(InputError, match=r"t.tsv.part is being written by another run"):
        Part(output, RUN)
    with Part(output, RUN) as part:
        _add(part, range(1))


def test_a_run_that_fails_before_its_first_batch_leaves_nothing(tmp_path: Path) -> None:
    with pytest.raises(RuntimeError), Part(tmp_path / "t.tsv", RUN):
        raise RuntimeError
    assert list(tmp_path.iterdir()) == []
