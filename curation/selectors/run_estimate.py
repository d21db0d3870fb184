"""How much work a run would be, as far as that can be known before it begins."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from curation.models import Job, Release, Run
from curation.selectors.jobs import duration
from curation.selectors.runs import splits
from curation.services.runs.encoders import parts, value_of

EPOCHS, PATIENCE, BATCH = 4096, 256, 256  # where the configuration says nothing


@dataclass(frozen=True)
class Estimate:
    """epochs: at most, over all stages; all of them where patience is 0. before: a run that knows what an
    epoch takes."""

    pictures: Mapping[str, int]
    stages: int
    epochs: int
    patience: int
    steps: int
    before: Run | None
    epoch_took: str


def estimate(release: Release, kind: str, config: Mapping[str, Any]) -> Estimate:
    if kind == Run.Kind.ENCODE:
        return _of_encoder(release, config)
    pictures = splits(release)
    stages = config.get("stages") or [{}]
    each = [int(stage.get("epochs") or config.get("epochs") or EPOCHS) for stage in stages]
    batch = int(config.get("batch") or BATCH)
    before, took = _before(release, kind=kind)
    return Estimate(
        pictures,
        len(stages),
        sum(each),
        int(config.get("patience") or PATIENCE),
        -(-pictures.get("train", 0) // batch),
        before,
        took,
    )


def _of_encoder(release: Release, config: Mapping[str, Any]) -> Estimate:
    """It learns from the training pictures alone, and holds a part of these back to be judged on."""
    trained, held = parts(release, config)
    epochs = value_of(config, "epochs")
    before, took = _before(release, kind=Run.Kind.ENCODE, config__kind=config["kind"])
    patience = 0 if value_of(config, "keep") == "last" else int(config.get("patience") or epochs)
    steps = -(-trained // value_of(config, "batch"))
    return Estimate({"train": trained, "validate": held}, 1, epochs, patience, steps, before, took)


def _before(release: Release, **only: Any) -> tuple[Run | None, str]:
    """The last run like it that has ended on the same pictures, and what an epoch of it took."""
    ended = Run.objects.filter(release=release, job__state=Job.State.DONE, summary__has_key="seconds", **only)
    found = ended.order_by("-id").first()
    return found, duration(timedelta(seconds=found.summary["seconds"])) if found else ""
