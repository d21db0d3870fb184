"""Predicts many pictures in one pass: order kept, memory flat, a broken file is a row and not an end."""

from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import Generic, TypeVar

import numpy as np
from numpy.typing import NDArray

from inference.engine import Engine
from inference.errors import PictureError

Item = TypeVar("Item")


@dataclass(frozen=True)
class PicturePrediction(Generic[Item]):
    """What came of one picture: logits of shape (K,), or the reason why there are none."""

    item: Item
    logits: NDArray[np.float32] | None
    error: str | None


def predict_files(
    engine: Engine, paths: Iterable[Path], *, batch: int | None = None, threads: int | None = None
) -> Iterator[PicturePrediction[Path]]:
    """Predict picture files, in the order given. See :func:`predict_items`."""
    return predict_items(engine, paths, Path.read_bytes, batch=batch, threads=threads)


def predict_items(
    engine: Engine,
    items: Iterable[Item],
    read: Callable[[Item], bytes],
    *,
    batch: int | None = None,
    threads: int | None = None,
) -> Iterator[PicturePrediction[Item]]:
    """Predict whatever ``read`` gives the bytes of, in the order given.

    ``batch`` pictures (the engine's by default) are read, decoded and predicted together by one of
    ``threads`` threads (the engine's by default), and at most two batches a thread are under way, however
    many items there are. An item whose reading raises OSError or PictureError, or that is no picture, yields
    its error; anything else ends the run.
    """
    batch = batch or engine.batch
    threads = threads or engine.threads
    if batch < 1 or threads < 1:
        raise ValueError(f"batch and threads must be at least 1, got {batch} and {threads}")
    remaining = iter(items)

    def one_batch(chunk: list[Item]) -> list[PicturePrediction[Item]]:
        return _predict_batch(engine, chunk, read)

    with ThreadPoolExecutor(threads, thread_name_prefix="predict") as pool:
        under_way: deque[Future[list[PicturePrediction[Item]]]] = deque()
        try:
            while True:
                while len(under_way) < 2 * threads and (chunk := list(islice(remaining, batch))):
                    under_way.append(pool.submit(one_batch, chunk))
                if not under_way:
                    return
                yield from under_way.popleft().result()
        finally:
            pool.shutdown(wait=True, cancel_futures=True)


def _predict_batch(
    engine: Engine, items: list[Item], read: Callable[[Item], bytes]
) -> list[PicturePrediction[Item]]:
    size = (engine.preprocessing.height, engine.preprocessing.width, 3)
    pictures = np.empty((len(items), *size), np.float32)
    errors: list[str | None] = []
    good = 0
    for item in items:
        try:
            pictures[good] = engine.preprocessing(read(item))
        except PictureError as error:
            errors.append(str(error))
        except OSError as error:
            errors.append(error.strerror or str(error))
        else:
            errors.append(None)
            good += 1
    logits = iter(engine.predict(pictures[:good]))
    return [
        PicturePrediction(item, next(logits) if error is None else None, error)
        for item, error in zip(items, errors, strict=True)
    ]
