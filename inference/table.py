"""Predictions as a table: model, file, prediction, confidence, then one column a class, or the best few."""

import csv
import io
import json
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from itertools import chain
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from inference.engine import probabilities_of
from inference.errors import ModelError
from inference.inputs import Picture
from inference.predict import Batch

FORMS = ("tsv", "jsonl")
Numbers = NDArray[np.floating[Any]]


@dataclass(frozen=True)
class TableModel:
    """What the column ``model`` says, and the classes in the order of the outputs."""

    name: str
    classes: tuple[str, ...]


@dataclass
class Counts:
    """How pictures were predicted: for each model how many of each class, and how many as is known."""

    predicted: dict[str, Counter[str]] = field(default_factory=dict)
    right: Counter[str] = field(default_factory=Counter)

    def add(self, other: "Counts") -> None:
        for model, predicted in other.predicted.items():
            self.predicted.setdefault(model, Counter()).update(predicted)
        self.right.update(other.right)


@dataclass(frozen=True)
class Table:
    """What the table holds, and how it is written.

    release: a column for the id. truth: one for the class that a picture is known to be of. top: columns for
    so many best classes. probabilities: one column a class, named as the class. threshold: a column that says
    ``yes`` where the confidence is below. ensemble: one more line a picture, the mean of all models.
    Raises ModelError where the models do not go together in such a table.
    """

    models: tuple[TableModel, ...]
    release: bool = False
    truth: bool = False
    top: int | None = None
    probabilities: bool = True
    threshold: float | None = None
    ensemble: bool = False
    form: str = "tsv"

    def __post_init__(self) -> None:
        first = self.models[0]
        for other in self.models[1:]:
            if self.ensemble and other.classes != first.classes:
                raise ModelError(
                    f"ensemble: models must have the same classes in the same order, "
                    f"{_difference(first, other)}"
                )
            if self.probabilities and set(other.classes) != set(first.classes):
                raise ModelError(
                    "models in a table with one column a class must have the same classes, "
                    f"{_difference(first, other)}; give --top K or --probabilities none"
                )
        most = max(len(model.classes) for model in self.models)
        if self.top is not None and not 1 <= self.top <= most:
            raise ModelError(f"top must be 1 to {most}, the number of classes, got {self.top}")
        if taken := [name for name, n in Counter(self.columns).items() if n > 1]:
            raise ModelError(
                f"class names must differ from the table's other columns, got {taken[0]!r}; "
                "give --top K or --probabilities none"
            )

    @property
    def columns(self) -> list[str]:
        names = ["model", "file"]
        names += ["id"] if self.release else []
        names += ["truth"] if self.truth else []
        names += ["prediction", "confidence"]
        names += ["unsure"] if self.threshold is not None else []
        names += [
            f"{name}_{rank + 1}" for rank in range(self.top or 0) for name in ("prediction", "confidence")
        ]
        return names + (list(self.models[0].classes) if self.probabilities else [])

    @property
    def options(self) -> dict[str, Any]:
        """All but the models and the input, JSON-ready."""
        names = ("truth", "top", "probabilities", "threshold", "ensemble", "form")
        return {name: getattr(self, name) for name in names}

    def head(self) -> bytes:
        return b"" if self.form == "jsonl" else line(self.columns)

    def lines(self, batch: Batch[Picture]) -> tuple[bytes, Counts]:
        """What a batch adds to the table: for each picture that could be read, a line for each model."""
        pictures = [item for item, error in zip(batch.items, batch.errors, strict=True) if error is None]
        counts = Counts()
        if not pictures:
            return b"", counts
        all_lines = [
            self._of_model(model, pictures, scores, probabilities, counts)
            for model, scores, probabilities in self._probabilities(batch)
        ]
        return b"".join(chain.from_iterable(zip(*all_lines, strict=True))), counts

    def _probabilities(self, batch: Batch[Picture]) -> Iterator[tuple[TableModel, Numbers, Numbers]]:
        """For each model what ranks the classes, and their probabilities, both (n, K)."""
        wide = [probabilities_of(logits) for logits in batch.logits]
        for model, logits, one in zip(self.models, batch.logits, wide, strict=True):
            # As `softmax` gives them to everybody else. Classes are ranked by what is not rounded.
            yield model, logits, one.astype(np.float32)
        if self.ensemble:
            mean = np.mean(wide, axis=0)
            name = f"ensemble({'+'.join(model.name for model in self.models)})"
            yield TableModel(name, self.models[0].classes), mean, mean

    def _of_model(
        self,
        model: TableModel,
        pictures: Sequence[Picture],
        scores: Numbers,
        probabilities: Numbers,
        counts: Counts,
    ) -> list[bytes]:
        ranks = min(self.top or 1, len(model.classes))
        best = (
            np.argsort(-scores, axis=1, kind="stable")[:, :ranks]
            if ranks > 1
            else scores.argmax(axis=1)[:, None]
        )
        found = []
        write = self._object if self.form == "jsonl" else self._cells
        for picture, order, values in zip(pictures, best.tolist(), probabilities.tolist(), strict=True):
            name = model.classes[order[0]]
            counts.predicted.setdefault(model.name, Counter())[name] += 1
            counts.right[model.name] += name == picture.truth
            found.append(write(model, picture, order, values))
        return found

    def _cells(self, model: TableModel, picture: Picture, order: list[int], values: list[float]) -> bytes:
        cells = [model.name, picture.file]
        cells += [picture.id] if self.release else []
        cells += [picture.truth] if self.truth else []
        cells += [model.classes[order[0]], f"{values[order[0]]:.6f}"]
        cells += [_unsure(values[order[0]], self.threshold)] if self.threshold is not None else []
        if self.top:
            for place in order:
                cells += [model.classes[place], f"{values[place]:.6f}"]
            cells += [""] * (2 * (self.top - len(order)))
        if self.probabilities:
            if model.classes != self.models[0].classes:
                by_name = dict(zip(model.classes, values, strict=True))
                values = [by_name[name] for name in self.models[0].classes]
            cells += [f"{value:.6f}" for value in values]
        return line(cells)

    def _object(self, model: TableModel, picture: Picture, order: list[int], values: list[float]) -> bytes:
        rounded = [round(value, 6) for value in values]
        found: dict[str, Any] = {"model": model.name, "file": picture.file}
        found |= {"id": picture.id} if self.release else {}
        found |= {"truth": picture.truth} if self.truth else {}
        found |= {"prediction": model.classes[order[0]], "confidence": rounded[order[0]]}
        if self.threshold is not None:
            found["unsure"] = _unsure(values[order[0]], self.threshold) == "yes"
        if self.top:
            found["top"] = [{"class": model.classes[place], "confidence": rounded[place]} for place in order]
        if self.probabilities:
            found["probabilities"] = dict(zip(model.classes, rounded, strict=True))
        try:
            return f"{json.dumps(found, ensure_ascii=False)}\n".encode()
        except UnicodeEncodeError:
            # A file name need not be valid UTF-8; JSON must be, and has a way to write other bytes down.
            return f"{json.dumps(found)}\n".encode()


def _unsure(confidence: float, threshold: float | None) -> str:
    # As it is written, so that a table that is filtered by its confidence gives the same pictures.
    return "yes" if threshold is not None and round(confidence, 6) < threshold else "no"


def _difference(first: TableModel, other: TableModel) -> str:
    """The first class that differs, in words."""
    for index, (one, two) in enumerate(zip(first.classes, other.classes, strict=False)):
        if one != two:
            return f"class {index} is {one!r} in {first.name}, {two!r} in {other.name}"
    return f"{first.name} has {len(first.classes)}, {other.name} {len(other.classes)}"


def line(cells: Sequence[str]) -> bytes:
    """A line of tab-separated values, quoted as in RFC 4180 where a cell holds a tab, quote or line end."""
    text = "\t".join(cells)
    if '"' in text or "\n" in text or "\r" in text or text.count("\t") >= len(cells):
        text = _quoted(cells)
    # A file name need not be valid UTF-8; it is written back as the bytes it has.
    return f"{text}\n".encode(errors="surrogateescape")


def _quoted(cells: Sequence[str]) -> str:
    out = io.StringIO()
    # Python 3.11 does not quote a carriage return when lines end in a line feed alone.
    csv.writer(out, delimiter="\t", lineterminator="\r\n").writerow(cells)
    return out.getvalue().removesuffix("\r\n")


def errors_file(output: Path) -> Path:
    """Where the unreadable files of a table are listed: ``x.errors.tsv`` beside ``x.tsv``."""
    return output.with_name(f"{output.stem}.errors.tsv")
