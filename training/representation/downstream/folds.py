"""All folds of a task, side by side, each on one core.

Threads of a linear algebra library wait for each other at every product: products as small as these are
made thirty times as slow by it on a machine that has other work, too. Whole folds share nothing. It also
makes the figures those of any machine with the same libraries, whatever its number of cores.
"""

from __future__ import annotations

import os
import warnings
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor, wait
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

from training.progress import Progress
from training.representation.downstream.task import parts

T = TypeVar("T")
MOST_BYTES = 1024**3  # of copies of training parts at once
CHECK_SECONDS = 1.0


def each_fold(
    work: Callable[[NDArray[np.int64], NDArray[np.int64]], T],
    features: NDArray[np.float32],
    codes: NDArray[np.int64],
    folds: int,
    seed: int,
    progress: Progress,
) -> list[T]:
    """What work(rows of the training part, rows of the test part) gives, in the order of the folds."""
    from sklearn.exceptions import ConvergenceWarning
    from threadpoolctl import threadpool_limits  # type: ignore[import-untyped]

    progress.check()
    workers = max(1, min(folds, cpus(), MOST_BYTES // max(1, features.nbytes)))
    # Limits and filters are those of the process, so they are set here and not in the threads.
    with threadpool_limits(1), warnings.catch_warnings(), ThreadPoolExecutor(workers) as pool:
        warnings.simplefilter("ignore", ConvergenceWarning)  # whether it did is in what fit() gives
        left = futures = [pool.submit(work, *rows) for rows in parts(codes, folds, seed)]
        try:
            while left:
                left = list(wait(left, timeout=CHECK_SECONDS).not_done)
                progress.check()
        except BaseException:
            pool.shutdown(wait=False, cancel_futures=True)
            raise
        return [future.result() for future in futures]


def cpus() -> int:
    """Those that this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
