"""Many pictures in one pass: in order, with little in hand, past broken files, and without TensorFlow."""

from __future__ import annotations

import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import pytest

from inference.engine import load_engine
from inference.predict import predict_files, predict_items
from tests.inference.conftest import drawn, encoded

Command = Callable[..., "subprocess.CompletedProcess[str]"]


def test_order_and_broken_files(tiny: Path, folder_of_pictures: Path) -> None:
    engine = load_engine(tiny, batch=2, threads=2)
    (folder_of_pictures / "p2.jpg").write_bytes(b"\xff\xd8\xff broken")
    paths = sorted(folder_of_pictures.rglob("*.[jJ]*")) + [
        folder_of_pictures / "absent.jpg",
        folder_of_pictures,
    ]
    results = list(predict_files(engine, paths))
    assert [one.item for one in results] == paths
    failed = {one.item.name: one.error for one in results if one.logits is None}
    assert set(failed) == {"p2.jpg", "absent.jpg", "pictures"}
    assert "damaged JPEG" in str(failed["p2.jpg"])
    assert failed["absent.jpg"] == "No such file or directory"
    for one in results:
        if one.logits is not None:
            alone = engine.predict(engine.preprocessing(one.item.read_bytes())[None])[0]
            np.testing.assert_allclose(one.logits, alone, atol=1e-5)
            assert one.error is None


def test_only_broken_files(tiny: Path) -> None:
    results = list(predict_items(load_engine(tiny, batch=2), [b"", b"x", b"y"], lambda data: data))
    assert [one.logits for one in results] == [None, None, None]


def test_nothing_to_predict(tiny: Path) -> None:
    assert list(predict_files(load_engine(tiny), [])) == []


def test_memory_stays_flat(tiny: Path) -> None:
    """However long the list, at most two batches a thread are taken ahead of what is asked for."""
    engine = load_engine(tiny, batch=2, threads=2)
    data = encoded(drawn(0), "JPEG")
    taken = 0

    def endless() -> Iterator[bytes]:
        nonlocal taken
        while True:
            taken += 1
            yield data

    results = predict_items(engine, endless(), lambda item: item)
    for asked in range(1, 41):
        next(results)
        assert taken <= asked + 2 * engine.batch * engine.threads
    results.close()


def test_an_error_that_is_not_the_pictures_ends_the_run(tiny: Path) -> None:
    def read(item: int) -> bytes:
        if item == 3:
            raise KeyError("storage")
        return encoded(drawn(item), "JPEG")

    with pytest.raises(KeyError, match="storage"):
        list(predict_items(load_engine(tiny, batch=2), range(8), read))


def test_predicting_does_not_import_tensorflow(
    tiny: Path, folder_of_pictures: Path, command: Command
) -> None:
    """It would cost every process four seconds and half a gigabyte."""
    program = """
import sys
from pathlib import Path
from inference.__main__ import main
assert main(["predict", "--model", "tiny", "--images", sys.argv[1], "--output", sys.argv[2]]) == 0
print(sorted({"tensorflow", "keras", "django"} & set(sys.modules)))
"""
    done = command("-c", program, folder_of_pictures, folder_of_pictures / "out.tsv")
    assert done.returncode == 0, done.stderr
    assert done.stdout.splitlines()[-1] == "[]"
