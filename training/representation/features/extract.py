"""Make the features that a store does not have yet."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from inference.engine import usable_threads
from inference.errors import PictureError
from inference.inputs import Picture, read_picture
from training.progress import Progress, Silent
from training.representation.catalogue import Catalogue
from training.representation.features.model import FeatureModel, feature_model
from training.representation.features.pictures import Pictures, pictures_at, pictures_of
from training.representation.features.store import FeatureError, FeatureStore

ROWS = 4096  # of a shard; a run that is killed loses at most so many pictures, and the batches under way
TOLD = 10  # pictures that cannot be read, named one by one


@dataclass
class Extraction:
    """What came of it. present: pictures that had features before. failed: id -> why there are none."""

    store: FeatureStore
    model: str
    layer: str
    asked: int = 0
    present: int = 0
    added: int = 0
    failed: dict[str, str] = field(default_factory=dict)


def extract(
    model: Path | str | FeatureModel | Any,
    layer: str,
    pictures: Path | Catalogue | Pictures,
    out: Path,
    *,
    ids: Sequence[str] | None = None,
    image_size: int | None = None,
    batch: int = 32,
    rows: int = ROWS,
    progress: Progress | None = None,
) -> Extraction:
    """Make features of all pictures that the store ``out`` has none of, and add them to it.

    model, layer, image_size: see ``feature_model``. pictures: an export, a catalogue, or where one is. ids:
    only those. batch: pictures at once; rows: of a shard, filled up to whole batches. A run that was stopped
    goes on with the same call and leaves the same bytes as one that was not. A picture that is missing or
    damaged is told, and the rest goes on, be it none; the next call tries it again. Memory does not grow with
    the pictures, but for their ids.

    Raises FeatureError where the store is of another model, or where an id is not among the pictures;
    ModelError; what ``progress.check`` raises.
    """
    for name, value in (("batch", batch), ("rows", rows)):
        if value < 1:
            raise FeatureError(f"{name} must be at least 1, got {value}")
    progress = progress or Silent()
    source = _pictures(pictures)
    known = _known(source, ids)
    own = model if isinstance(model, FeatureModel) else feature_model(model, layer, image_size)
    store = FeatureStore.open(out, model=own.sha256, dimension=own.dimension, of=own.of)
    missing = store.missing(known)
    done = Extraction(store, own.name, own.layer, asked=len(known), present=len(known) - len(missing))
    progress.begin(done.asked, done=done.present)
    wanted = _wanted(source, missing)
    if missing and (why := own.make_ready(batch)):
        progress.log(f"the network is computed by Keras: {why}")
    held_ids: list[str] = []
    held: list[NDArray[np.float32]] = []
    for some, features in _features(_batches(wanted, own, batch, done, progress), own):
        held_ids += some
        held.append(features)
        if len(held_ids) >= rows:
            _add(done, held_ids, held)
        progress.check()
    _add(done, held_ids, held)
    if missing and not done.added:
        id, why = next(iter(done.failed.items()))
        progress.log(f"none of {len(missing):,} pictures can be read; the first, {id}: {why}")
    return done


def _pictures(pictures: Path | Catalogue | Pictures) -> Pictures:
    if isinstance(pictures, Pictures):
        return pictures
    return pictures_of(pictures) if isinstance(pictures, Catalogue) else pictures_at(Path(pictures))


def _known(source: Pictures, ids: Sequence[str] | None) -> list[str]:
    found = list(dict.fromkeys(one.id for one in source.begin()))
    if ids is None:
        return found
    there, chosen = set(found), set(ids)
    if unknown := [id for id in ids if id not in there]:
        raise FeatureError(f"every id must be among {source.what}, {unknown[0]!r} is not")
    return [id for id in found if id in chosen]


def _wanted(source: Pictures, missing: Iterable[str]) -> Iterator[Picture]:
    """Each of them once, though a picture may stand among the pictures twice."""
    left = set(missing)
    for one in source.begin():
        if one.id in left:
            left.discard(one.id)
            yield one


def _add(done: Extraction, ids: list[str], features: list[NDArray[np.float32]]) -> None:
    if ids:
        done.store.append(ids, np.concatenate(features))
        done.added += len(ids)
        ids.clear()
        features.clear()


def _features(
    batches: Iterator[tuple[list[str], NDArray[np.float32]]], model: FeatureModel
) -> Iterator[tuple[list[str], NDArray[np.float32]]]:
    """Ids and features of each batch, in order; as many at once as the network takes, and one waits. Where
    the batches end with an error, those under way are given before it is raised: their work is not lost."""
    waiting: deque[tuple[list[str], Future[NDArray[np.float32]]]] = deque()
    stopped: BaseException | None = None
    with ThreadPoolExecutor(model.threads, thread_name_prefix="network") as threads:
        try:
            while True:
                try:
                    batch = next(batches, None)
                except (Exception, KeyboardInterrupt) as error:
                    batch, stopped = None, error
                if batch is not None:
                    waiting.append((batch[0], threads.submit(model, batch[1])))
                while waiting and (batch is None or len(waiting) > model.threads):
                    first, result = waiting.popleft()
                    yield first, result.result()
                if batch is None:
                    break
        finally:
            threads.shutdown(wait=True, cancel_futures=True)
    if stopped is not None:
        raise stopped


def _batches(
    pictures: Iterable[Picture], model: FeatureModel, batch: int, done: Extraction, progress: Progress
) -> Iterator[tuple[list[str], NDArray[np.float32]]]:
    """Ids and prepared pictures. Batches are of pictures that can be read, so that one that cannot does not
    change what the others are computed with."""
    ids: list[str] = []
    prepared: list[NDArray[np.float32]] = []
    for picture, result in _prepared(pictures, model, batch):
        progress.advance()
        if isinstance(result, str):
            done.failed[picture.id] = result
            if len(done.failed) <= TOLD:
                progress.log(f"{picture.file}: {result}")
            continue
        ids.append(picture.id)
        prepared.append(result)
        if len(ids) == batch:
            yield ids, np.stack(prepared)
            ids, prepared = [], []
    if ids:
        yield ids, np.stack(prepared)


def _prepared(
    pictures: Iterable[Picture], model: FeatureModel, ahead: int
) -> Iterator[tuple[Picture, NDArray[np.float32] | str]]:
    """Each picture with what the network takes, or why there is none; read by threads, a batch ahead."""

    def prepare(picture: Picture) -> NDArray[np.float32] | str:
        try:
            return model.preprocessing(read_picture(picture))
        except PictureError as error:
            return str(error)
        except OSError as error:
            return f"cannot be read: {error.strerror or error}"

    waiting: deque[tuple[Picture, Future[NDArray[np.float32] | str]]] = deque()
    with ThreadPoolExecutor(usable_threads(), thread_name_prefix="decode") as threads:
        try:
            for picture in pictures:
                waiting.append((picture, threads.submit(prepare, picture)))
                if len(waiting) > ahead:
                    first, result = waiting.popleft()
                    yield first, result.result()
            for first, result in waiting:
                yield first, result.result()
        finally:
            threads.shutdown(wait=False, cancel_futures=True)
