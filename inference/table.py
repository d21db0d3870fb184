"""Predictions as a table: model, file, prediction, confidence, then one column a class."""

import csv
import os
from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from pathlib import Path
from typing import TextIO

from inference.engine import Engine, softmax
from inference.files import whole_file
from inference.predict import PicturePrediction

PICTURE_SUFFIXES = (".jpg", ".jpeg", ".jpe", ".png", ".gif", ".bmp", ".webp", ".tif", ".tiff")


@dataclass
class Summary:
    """How a run went: pictures a predicted class, and the files that could not be read."""

    predicted: Counter[str] = field(default_factory=Counter)
    unreadable: list[tuple[str, str]] = field(default_factory=list)

    @property
    def total(self) -> int:
        return self.predicted.total() + len(self.unreadable)


def find_pictures(root: Path) -> list[Path]:
    """Picture files under a folder by suffix, sorted by path; without hidden ones and linked folders."""
    found: list[Path] = []
    for folder, folders, files in os.walk(root):
        folders[:] = [name for name in folders if not name.startswith(".")]
        here = Path(folder)
        found += [
            here / name
            for name in files
            if not name.startswith(".") and Path(name).suffix.lower() in PICTURE_SUFFIXES
        ]
    return sorted(found, key=lambda path: path.relative_to(root).as_posix())


def errors_file(output: Path) -> Path:
    """Where the unreadable files of a table are listed: ``x.errors.tsv`` beside ``x.tsv``."""
    return output.with_name(f"{output.stem}.errors{output.suffix}")


def write_table(
    engine: Engine,
    root: Path,
    predictions: Iterable[PicturePrediction[Path]],
    output: Path,
    advance: Callable[[], object] = lambda: None,
) -> Summary:
    """Write predictions of files under ``root`` to ``output``, whole or not at all.

    Files that could not be read are not in the table but in :func:`errors_file` (file, error), which is
    removed when there are none, so that no old list stays beside a new table. ``advance`` is called after
    each file.
    """
    summary = Summary()
    names = engine.folder.class_names
    with whole_file(output) as temporary, _open(temporary) as stream:
        rows = csv.writer(stream, delimiter="\t", lineterminator="\n")
        rows.writerow(["model", "file", "prediction", "confidence", *names])
        for one in predictions:
            file = one.item.relative_to(root).as_posix()
            if one.logits is None:
                summary.unreadable.append((file, one.error or "unknown"))
            else:
                probabilities = softmax(one.logits)
                best = int(one.logits.argmax())
                summary.predicted[names[best]] += 1
                rows.writerow(
                    [
                        engine.folder.name,
                        file,
                        names[best],
                        f"{probabilities[best]:.6f}",
                        *(f"{p:.6f}" for p in probabilities),
                    ]
                )
            advance()
    _write_errors(summary, errors_file(output))
    return summary


def _write_errors(summary: Summary, path: Path) -> None:
    if not summary.unreadable:
        path.unlink(missing_ok=True)
        return
    with whole_file(path) as temporary, _open(temporary) as stream:
        rows = csv.writer(stream, delimiter="\t", lineterminator="\n")
        rows.writerow(["file", "error"])
        rows.writerows(summary.unreadable)


def _open(path: Path) -> TextIO:
    # A file name need not be valid UTF-8; it is written back as the bytes it has.
    return path.open("w", encoding="utf-8", errors="surrogateescape", newline="")
