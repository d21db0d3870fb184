"""A model's logits for the pictures of a split: the one thing that evaluating needs a network for.

Importing this needs no TensorFlow.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from inference.engine import OpenVinoEngine, load_engine
from inference.errors import ModelError
from inference.files import sha256_of
from inference.folder import DESCRIPTION_FILE, KERAS_FILE
from inference.preprocess import DEFAULT_ID
from training.data.errors import DataError
from training.data.release import ReleaseData, check_classes, examples
from training.evaluators.scored import Scored
from training.load import load_trainable, model_folder_at
from training.progress import Progress, Silent

if TYPE_CHECKING:
    from training.backend import keras

BATCH = 32  # pictures; the engine's own default


@dataclass(frozen=True)
class Subject:
    """A model that is to be evaluated.

    sha256: of model.json, or of the .keras file where there is no folder. weights: of the .keras file.
    classes_checked: whether the model says which class each of its outputs is; a .keras file alone does not.
    threads: calls of ``predict`` that may run at once.
    """

    path: Path
    name: str
    sha256: str
    weights: str
    engine: str
    image_size: int
    classes_checked: bool
    training_release: str | None
    threads: int
    predict: Callable[[NDArray[np.float32]], NDArray[np.float32]]

    def facts(self) -> dict[str, Any]:
        """JSON-ready."""
        return {
            "path": str(self.path),
            "name": self.name,
            "sha256": self.sha256,
            "weights_sha256": self.weights,
            "engine": self.engine,
            "image_size": self.image_size,
            "classes_checked": self.classes_checked,
            "training_release": self.training_release,
        }

    def penalty(self) -> float:
        """The weight penalties (L2) that Keras adds to the loss of the model."""
        return float(sum(float(one) for one in load_trainable(self.path).losses))


def open_subject(path: Path, data: ReleaseData, *, batch: int = BATCH, backend: str | None = None) -> Subject:
    """Open a model folder, a run folder (its model), a model by name, or a .keras file, to score a release.

    backend: "openvino" or "keras"; left out, OpenVINO where the folder has it. Raises ModelError, and
    DataError naming the first class that differs between model and release.
    """
    folder = model_folder_at(path)
    if folder is None:
        return _of_file(path, data, backend)
    check_classes(data, folder.classes, f"the model {folder.name}")
    if folder.preprocessing["id"] != DEFAULT_ID:
        raise ModelError(
            f"{folder.path / DESCRIPTION_FILE}: only models with the preprocessing {DEFAULT_ID} can be "
            f"evaluated, got {folder.preprocessing['id']!r}"
        )
    engine = load_engine(folder, batch=batch, backend=backend)
    return Subject(
        path=path,
        name=folder.name,
        sha256=sha256_of(folder.path / DESCRIPTION_FILE),
        weights=str(folder.files[KERAS_FILE]["sha256"]),
        engine="openvino" if isinstance(engine, OpenVinoEngine) else "keras",
        image_size=folder.image_size,
        classes_checked=True,
        training_release=folder.training_release,
        threads=engine.threads,
        predict=engine.predict,
    )


def _of_file(path: Path, data: ReleaseData, backend: str | None) -> Subject:
    if backend == "openvino":
        raise ModelError(f"{path}: a .keras file runs with Keras only, got backend {backend!r}")
    model = load_trainable(path)
    outputs, inputs = model.output_shape[-1], tuple(model.input_shape[1:])
    if outputs != len(data.classes):
        raise ModelError(
            f"{path}: the model must have an output for each of the {len(data.classes)} classes of the "
            f"release, got {outputs}"
        )
    if len(inputs) != 3 or inputs[0] is None or inputs[0] != inputs[1] or inputs[2] != 3:
        raise ModelError(f"{path}: the model must take square colour pictures, it takes {inputs}")
    sha256 = sha256_of(path)
    return Subject(
        path=path,
        name=path.stem,
        sha256=sha256,
        weights=sha256,
        engine="keras",
        image_size=inputs[0],
        classes_checked=False,
        training_release=None,
        threads=1,
        predict=_function_of(model),
    )


def _function_of(model: keras.Model) -> Callable[[NDArray[np.float32]], NDArray[np.float32]]:
    from training.backend import tf

    signature = tf.TensorSpec((None, *model.input_shape[1:]), tf.float32)
    function = tf.function(lambda pictures: model(pictures, training=False), input_signature=[signature])
    return lambda pictures: np.asarray(function(pictures), np.float32)


def score(
    subject: Subject | Path,
    data: ReleaseData,
    split: str,
    *,
    batch: int = BATCH,
    progress: Progress | None = None,
) -> Scored:
    """The logits of every picture of a split, with what is known of the pictures.

    batch: pictures a call. Only logits are kept, and at most two batches a thread are under way. Raises
    DataError for a damaged file, ModelError for what is no model for this release and for one that gives
    what is no number.
    """
    from training.data.batches import evaluation_batches
    from training.data.damage import named_damage

    progress = progress or Silent()
    if isinstance(subject, Path):
        subject = open_subject(subject, data, batch=batch)
    about = list(examples(data, split))
    progress.begin(len(about), unit="pictures")
    batches = evaluation_batches(data, split, image_size=subject.image_size, batch=batch)
    logits, labels = [], []
    with named_damage(data, split):
        for some, categories in _in_order(subject, iter(batches)):
            progress.check()
            logits.append(some)
            labels.append(categories)
            progress.advance(len(some))
    values, categories = np.concatenate(logits), np.concatenate(labels)
    finite = np.asarray(np.isfinite(values).all(axis=1))
    if not finite.all():
        raise ModelError(
            f"{subject.path}: the model must give finite numbers, its logits of {int((~finite).sum())} of "
            f"{len(finite)} pictures are not; the first is {about[int(finite.argmin())].id}"
        )
    expected = np.array([one.category for one in about], np.int64)
    if not np.array_equal(categories, expected):
        raise DataError(
            f"{data.folder}: pictures and what is known of them must be in the same order, split {split!r}"
        )
    names = [one.name for one in data.classes]
    if len(set(names)) < len(names):  # tables go by names; slugs are distinct
        names = [str(one.slug) for one in data.classes]
    return Scored(
        logits=values,
        labels=expected,
        classes=tuple(names),
        ids=tuple(one.id for one in about),
        sources=tuple(one.source for one in about),
        licences=tuple(one.licence for one in about),
    )


def _in_order(
    subject: Subject, batches: Iterator[Any]
) -> Iterator[tuple[NDArray[np.float32], NDArray[np.int64]]]:
    def one(pictures: Any, categories: Any) -> tuple[NDArray[np.float32], NDArray[np.int64]]:
        return subject.predict(np.asarray(pictures)), np.asarray(categories)

    with ThreadPoolExecutor(subject.threads, thread_name_prefix="score") as pool:
        under_way: deque[Future[tuple[NDArray[np.float32], NDArray[np.int64]]]] = deque()
        try:
            while True:
                room = 2 * subject.threads - len(under_way)
                under_way.extend(pool.submit(one, *each) for each in islice(batches, room))
                if not under_way:
                    return
                yield under_way.popleft().result()
        finally:
            pool.shutdown(wait=True, cancel_futures=True)
