"""What stands in the table, for one model or several, in each form of it."""

from __future__ import annotations

import csv
import io
import json
import math

import numpy as np
import pytest

from inference.engine import softmax
from inference.errors import ModelError
from inference.inputs import Picture
from inference.predict import Batch
from inference.table import Table, TableModel, line

A = TableModel("A", ("x", "y", "z"))
B = TableModel("B", ("x", "y", "z"))
TURNED = TableModel("T", ("z", "y", "x"))
OTHER = TableModel("O", ("x", "w"))
FIRST = np.array([[0.0, 2.0, 1.0], [3.0, 0.0, 0.5]], np.float32)
SECOND = np.array([[4.0, 0.0, 0.0], [0.0, 0.0, 1.0]], np.float32)


def _batch(*logits: np.ndarray) -> Batch[Picture]:
    pictures = [Picture("a.jpg", id="ida", truth="y"), Picture("broken.jpg"), Picture("b.jpg", truth="x")]
    return Batch(pictures, [None, "damaged", None], list(logits))


def _rows(table: Table, *logits: np.ndarray) -> list[dict[str, str]]:
    text = (table.head() + table.lines(_batch(*logits))[0]).decode()
    return list(csv.DictReader(io.StringIO(text, newline=""), dialect="excel-tab", strict=True))


def test_one_model_and_one_column_a_class() -> None:
    rows = _rows(Table((A,)), FIRST)
    assert list(rows[0]) == ["model", "file", "prediction", "confidence", "x", "y", "z"]
    assert [list(row.values())[:3] for row in rows] == [["A", "a.jpg", "y"], ["A", "b.jpg", "x"]]
    for row, values in zip(rows, softmax(FIRST), strict=True):
        assert [row[name] for name in A.classes] == [f"{value:.6f}" for value in values]
        assert row["confidence"] == row[row["prediction"]]


def test_several_models_stand_under_each_other() -> None:
    rows = _rows(Table((A, B)), FIRST, SECOND)
    found = [(row["model"], row["file"], row["prediction"]) for row in rows]
    assert found == [("A", "a.jpg", "y"), ("B", "a.jpg", "x"), ("A", "b.jpg", "x"), ("B", "b.jpg", "z")]


def test_classes_in_another_order_stand_in_their_columns() -> None:
    rows = _rows(Table((A, TURNED)), FIRST, FIRST[:, ::-1])
    for one, other in zip(rows[::2], rows[1::2], strict=True):
        assert {**one, "model": ""} == {**other, "model": ""}


def test_other_classes_need_another_table() -> None:
    with pytest.raises(
        ModelError, match=r"must have the same classes, class 1 is 'y' in A, 'w' in O; give --top"
    ):
        Table((A, OTHER))
    with pytest.raises(ModelError, match="A has 3, C 2"):
        Table((A, TableModel("C", ("x", "y"))))
    rows = _rows(Table((A, OTHER), top=3, probabilities=False), FIRST, SECOND[:, :2])
    assert [row["prediction_1"] for row in rows] == ["y", "x", "x", "x"]
    assert [row["prediction_3"] for row in rows] == ["x", "", "y", ""]
    assert {row["confidence_3"] for row in rows if row["model"] == "O"} == {""}
    assert list(_rows(Table((A, OTHER), probabilities=False), FIRST, SECOND[:, :2])[0]) == [
        "model", "file", "prediction", "confidence",
    ]  # fmt: skip


def test_the_best_few() -> None:
    rows = _rows(Table((A,), top=2, probabilities=False), FIRST)
    assert list(rows[0])[4:] == ["prediction_1", "confidence_1", "prediction_2", "confidence_2"]
    assert [(row["prediction_1"], row["prediction_2"]) for row in rows] == [("y", "z"), ("x", "z")]
    for row, values in zip(rows, softmax(FIRST), strict=True):
        assert (row["prediction"], row["confidence"]) == (row["prediction_1"], row["confidence_1"])
        assert row["confidence_2"] == f"{sorted(values)[-2]:.6f}"
    both = _rows(Table((A,), top=1), FIRST)[0]
    assert list(both)[4:] == ["prediction_1", "confidence_1", "x", "y", "z"]
    for top in (0, 4):
        with pytest.raises(ModelError, match=f"top must be 1 to 3, the number of classes, got {top}"):
            Table((A,), top=top)


def test_the_ensemble_is_the_mean_in_float64() -> None:
    rows = _rows(Table((A, B), ensemble=True), FIRST, SECOND)
    mean = rows[2]
    assert (mean["model"], mean["file"]) == ("ensemble(A+B)", "a.jpg")

    def probability(logits: np.ndarray, place: int) -> float:
        powers = [math.exp(float(value)) for value in logits]
        return powers[place] / sum(powers)

    for place, name in enumerate(A.classes):
        wanted = (probability(FIRST[0], place) + probability(SECOND[0], place)) / 2
        assert mean[name] == f"{wanted:.6f}"
    assert mean["prediction"] == "x"
    with pytest.raises(ModelError, match=r"same order, class 0 is 'x' in A, 'z' in T"):
        Table((A, TURNED), ensemble=True)


def test_the_mean_is_not_rounded_in_between() -> None:
    """Two classes that float32 cannot tell apart."""
    near = np.array([[0.0, 1e-8, -50.0]] * 2, np.float32)
    rows = _rows(Table((A, B), ensemble=True), near, near)
    assert [row["prediction"] for row in rows] == ["y"] * 6


def test_what_is_below_the_threshold_is_marked_and_stays() -> None:
    confidence = float(_rows(Table((A,)), FIRST)[0]["confidence"])
    table = Table((A,), threshold=confidence)
    assert table.columns[:5] == ["model", "file", "prediction", "confidence", "unsure"]
    assert [row["unsure"] for row in _rows(table, FIRST)] == ["no", "no"]
    rows = _rows(Table((A,), threshold=confidence + 1e-6), FIRST)
    assert [(row["prediction"], row["unsure"]) for row in rows] == [("y", "yes"), ("x", "no")]


def test_ids_known_classes_and_how_often_they_agree() -> None:
    table = Table((A, B), release=True, truth=True, ensemble=True)
    assert table.columns[:6] == ["model", "file", "id", "truth", "prediction", "confidence"]
    rows = _rows(table, FIRST, SECOND)
    assert [(row["id"], row["truth"]) for row in rows] == [("ida", "y")] * 3 + [("", "x")] * 3
    counts = table.lines(_batch(FIRST, SECOND))[1]
    assert counts.right == {"A": 2, "B": 0, "ensemble(A+B)": 1}
    assert counts.predicted == {"A": {"x": 1, "y": 1}, "B": {"x": 1, "z": 1}, "ensemble(A+B)": {"x": 2}}


def test_a_class_that_is_called_as_a_column_is_refused() -> None:
    model = TableModel("A", ("file", "y"))
    with pytest.raises(ModelError, match="must differ from the table's other columns, got 'file'"):
        Table((model,))
    assert Table((model,), probabilities=False).columns[-1] == "confidence"


def test_objects_a_line() -> None:
    table = Table((A,), release=True, truth=True, top=2, threshold=0.9, form="jsonl")
    assert table.head() == b""
    first, second = [json.loads(one) for one in table.lines(_batch(FIRST))[0].splitlines()]
    best = round(float(softmax(FIRST)[0, 1]), 6)
    assert first == {
        "model": "A",
        "file": "a.jpg",
        "id": "ida",
        "truth": "y",
        "prediction": "y",
        "confidence": best,
        "unsure": True,
        "top": [
            {"class": "y", "confidence": best},
            {"class": "z", "confidence": first["probabilities"]["z"]},
        ],
        "probabilities": {n: round(float(p), 6) for n, p in zip("xyz", softmax(FIRST)[0], strict=True)},
    }
    assert second["unsure"] is True
    lean = Table((A,), probabilities=False, form="jsonl").lines(_batch(FIRST))[0].splitlines()
    assert list(json.loads(lean[0])) == ["model", "file", "prediction", "confidence"]


STRANGE = [
    "a\tb.jpg",
    "a\nb.jpg",
    "a\r.jpg",
    'say "a".jpg',
    '"',
    "ä\u2028.jpg",
    "\udcff.jpg",
    " a ",
    "#batch {}",
]


@pytest.mark.parametrize("name", STRANGE)
def test_any_file_name_can_be_read_back(name: str) -> None:
    text = line(["A", name, "y"]) + line(["A", "next", "y"])
    stream = io.TextIOWrapper(io.BytesIO(text), encoding="utf-8", errors="surrogateescape", newline="")
    assert list(csv.reader(stream, delimiter="\t", strict=True)) == [["A", name, "y"], ["A", "next", "y"]]
    table = Table((A,), form="jsonl")
    written = table.lines(Batch([Picture(name)], [None], [FIRST[:1]]))[0]
    assert written.count(b"\n") == 1
    assert json.loads(written.decode("utf-8"))["file"] == name


def test_nothing_that_could_be_read_is_no_line() -> None:
    data, counts = Table((A,)).lines(Batch([Picture("a")], ["damaged"], [FIRST[:0]]))
    assert data == b""
    assert not counts.predicted
