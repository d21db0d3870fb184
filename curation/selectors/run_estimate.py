"""How much work a run would be, as far as that can be known before it begins."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from curation.models import Job, Release, Run
from curation.selectors.jobs import duration
from curation.selectors.runs import splits

EPOCHS, PATIENCE, BATCH = 4096, 256, 256  # where the configuration says nothing


@dataclass(frozen=True)
class Estimate:
    """epochs: at most, over all stages. before: a run that knows what an epoch takes."""

    pictures: Mapping[str, int]
    stages: int
    epochs: int
    patience: int
    steps: int
    before: Run | None
    epoch_took: str


def estimate(release: Release, kind: str, config: Mapping[str, Any]) -> Estimate:
    pictures = splits(release)
    stages = config.get("stages") or [{}]
    each = [int(stage.get("epochs") or config.get("epochs") or EPOCHS) for stage in stages]
    batch = int(config.get("batch") or BATCH)
    before = (
        Run.objects.filter(release=release, kind=kind, job__state=Job.State.DONE, summary__has_key="seconds")
        .order_by("-id")
        .first()
    )
    took = duration(timedelta(seconds=before.summary["seconds"])) if before else ""
    return Estimate(
        pictures,
        len(stages),
        sum(each),
        int(config.get("patience") or PATIENCE),
        -(-pictures.get("train", 0) // batch),
        before,
        took,
    )
