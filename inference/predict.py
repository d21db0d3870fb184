"""Predicts many pictures in one pass: order kept, memory flat, a broken file is a row and not an end."""

from collections import deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import Generic, TypeVar

import numpy as np
from numpy.typing import NDArray

from inference.engine import Engine, Logits
from inference.errors import PictureError
from inference.preprocess import Input, Preprocessing

Item = TypeVar("Item")
Result = TypeVar("Result")


@dataclass(frozen=True)
class PicturePrediction(Generic[Item]):
    """What came of one picture: logits of shape (K,), or the reason why there are none."""

    item: Item
    logits: NDArray[np.float32] | None
    error: str | None


@dataclass(frozen=True)
class Batch(Generic[Item]):
    """What came of some pictures.

    errors: one for each item, None where it could be read. logits: for each engine those of the n items that
    could be read, in their order, of shape (n, K).
    """

    items: list[Item]
    errors: list[str | None]
    logits: list[Logits]


def predict_files(
    engine: Engine, paths: Iterable[Path], *, batch: int | None = None, threads: int | None = None
) -> Iterator[PicturePrediction[Path]]:
    """Predict picture files, in the order given. See :func:`predict_batches`."""
    return predict_items(engine, paths, Path.read_bytes, batch=batch, threads=threads)


def predict_items(
    engine: Engine,
    items: Iterable[Item],
    read: Callable[[Item], bytes],
    *,
    batch: int | None = None,
    threads: int | None = None,
) -> Iterator[PicturePrediction[Item]]:
    """Predict whatever ``read`` gives the bytes of, with one model. See :func:`predict_batches`."""
    for done in predict_batches([engine], items, read, batch=batch, threads=threads):
        logits = iter(done.logits[0])
        for item, error in zip(done.items, done.errors, strict=True):
            yield PicturePrediction(item, next(logits) if error is None else None, error)


def predict_batches(
    engines: Sequence[Engine],
    items: Iterable[Item],
    read: Callable[[Item], bytes],
    *,
    batch: int | None = None,
    threads: int | None = None,
) -> Iterator[Batch[Item]]:
    """Predict whatever ``read`` gives the bytes of, with one or more models, in the order given.

    ``batch`` pictures (the first engine's by default) are read, decoded and predicted together by one of
    ``threads`` threads (the first engine's by default), and at most two batches a thread are under way,
    however many items there are. Each picture is read once, decoded once for all models with the same
    decoder, and scaled once for all that also take the same size. An item whose reading raises OSError or
    PictureError, or that is no picture, yields its error; anything else ends the run.
    """
    if not engines:
        raise ValueError("engines must be at least one, got none")
    batch = batch or engines[0].batch
    threads = threads or engines[0].threads
    if batch < 1 or threads < 1:
        raise ValueError(f"batch and threads must be at least 1, got {batch} and {threads}")
    remaining = iter(items)

    def one_batch(chunk: list[Item]) -> Batch[Item]:
        return _predict_batch(engines, chunk, read)

    chunks = iter(lambda: list(islice(remaining, batch)), [])
    yield from in_order(one_batch, chunks, threads)


def in_order(work: Callable[[Item], Result], items: Iterable[Item], threads: int) -> Iterator[Result]:
    """What ``work`` makes of each item, in the order given; at most two items a thread are under way."""
    remaining = iter(items)
    with ThreadPoolExecutor(threads, thread_name_prefix="predict") as pool:
        under_way: deque[Future[Result]] = deque()
        try:
            while True:
                for item in islice(remaining, 2 * threads - len(under_way)):
                    under_way.append(pool.submit(work, item))
                if not under_way:
                    return
                yield under_way.popleft().result()
        finally:
            pool.shutdown(wait=True, cancel_futures=True)


def _predict_batch(
    engines: Sequence[Engine], items: list[Item], read: Callable[[Item], bytes]
) -> Batch[Item]:
    ways = {_way(engine.preprocessing): engine.preprocessing for engine in engines}
    pictures = {
        key: np.empty((len(items), way.height, way.width, 3), np.float32) for key, way in ways.items()
    }
    errors: list[str | None] = []
    good = 0
    for item in items:
        try:
            _prepare(read(item), ways, pictures, good)
        except PictureError as error:
            errors.append(str(error))
        except OSError as error:
            errors.append(error.strerror or str(error))
        else:
            errors.append(None)
            good += 1
    logits = [engine.predict(pictures[_way(engine.preprocessing)][:good]) for engine in engines]
    return Batch(items, errors, logits)


Way = tuple[str, int, int]


def _way(preprocessing: Preprocessing) -> Way:
    """Equal for two preprocessings that give the same array: the numbers behind an id never change."""
    return preprocessing.id, preprocessing.height, preprocessing.width


def _prepare(data: bytes, ways: dict[Way, Preprocessing], pictures: dict[Way, Input], place: int) -> None:
    """Put a picture into its place of each array."""
    decoded = {}
    for key, way in ways.items():
        if way.decode not in decoded:
            decoded[way.decode] = way.decode(data)
        pictures[key][place] = way.resize(decoded[way.decode], way.height, way.width)
