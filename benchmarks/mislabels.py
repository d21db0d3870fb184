"""Find flipped labels among many: 208,896 pictures of 17 classes with 512 features unless told otherwise.

python -m benchmarks.mislabels [--pictures N --classes K --dimension D --spread S] [--plain] [--json]

Features are drawn around a centre a class. Timed apart: the regressions out of five folds, and cleanlab. With
--plain scikit-learn's cross_val_predict does the same in float64, and both must agree on nearly all pictures.
"""

from __future__ import annotations

import argparse
import json
import os
import resource
import sys
import time
from typing import Any

from benchmarks.summary import number

_RSS_UNIT = 1 if sys.platform == "darwin" else 1024


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.mislabels", description=__doc__)
    parser.add_argument("--pictures", type=number, default=208_896)
    parser.add_argument("--classes", type=number, default=17)
    parser.add_argument("--dimension", type=number, default=512)
    parser.add_argument("--spread", type=float, default=5.0, help="around the centres, of which it is 1")
    parser.add_argument("--seed", type=int, default=89)
    parser.add_argument("--plain", action="store_true", help="the same with cross_val_predict")
    parser.add_argument("--json", action="store_true", help="print one JSON document")
    arguments = parser.parse_args()
    found = measure(arguments)
    if arguments.json:
        print(json.dumps(found))
    else:
        print("\n".join(f"{name}: {value}" for name, value in found.items()))
    return 0 if found.get("agree", 1.0) > 0.999 else 1


def measure(arguments: argparse.Namespace) -> dict[str, Any]:
    import numpy as np

    from training.representation.downstream.finding import find_issues, out_of_fold
    from training.representation.downstream.mislabels import flip, found_at, rates
    from training.representation.downstream.task import prepare

    random = np.random.default_rng(arguments.seed)
    centres = random.normal(size=(arguments.classes, arguments.dimension)).astype(np.float32)
    labels = random.permutation(np.arange(arguments.pictures) % arguments.classes)
    features = random.standard_normal((arguments.pictures, arguments.dimension), np.float32)
    features *= arguments.spread
    features += centres[labels]
    task = prepare(features, labels, folds=5)
    given, flipped = flip(task.codes, 0.1, arguments.seed)
    begun = time.perf_counter()
    found = out_of_fold(task.features, given, len(task.classes))
    regressed = time.perf_counter()
    issues = find_issues(found.probabilities, given)
    done = time.perf_counter()
    result = {
        "pictures": arguments.pictures,
        "classes": arguments.classes,
        "dimension": arguments.dimension,
        "cpus": len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count(),
        "load": round(os.getloadavg()[0], 1),
        "regression_seconds": round(regressed - begun, 2),
        "cleanlab_seconds": round(done - regressed, 2),
        "iterations": list(found.iterations),
        "peak_mib": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * _RSS_UNIT // 1024**2,
        **rates(flipped, issues.flagged),
        "true_positive_rate_at_5_percent": found_at(flipped, issues.quality, 0.05),
    }
    if arguments.plain:
        seconds, flagged = plain(features, given)
        result |= {"plain_seconds": seconds, "agree": float((flagged == issues.flagged).mean())}
    return result


def plain(features: Any, given: Any) -> tuple[float, Any]:
    """As it is mostly written: float64, cross_val_predict, cleanlab with its defaults."""
    import numpy as np
    from cleanlab.filter import find_label_issues
    from sklearn.linear_model import LogisticRegression
    from sklearn.model_selection import StratifiedKFold, cross_val_predict
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import StandardScaler

    begun = time.perf_counter()
    model = make_pipeline(StandardScaler(), LogisticRegression(max_iter=2500))
    folds = StratifiedKFold(5, shuffle=True, random_state=89)
    probabilities = cross_val_predict(
        model, features.astype(np.float64), given, cv=folds, method="predict_proba"
    )
    flagged = find_label_issues(given, probabilities, filter_by="prune_by_noise_rate")
    return round(time.perf_counter() - begun, 2), flagged


if __name__ == "__main__":
    sys.exit(main())
