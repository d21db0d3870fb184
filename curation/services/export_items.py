"""Our own exports coming back: each row is a picture with its record, and its class a proposal.

Pictures go the way of a folder's. What the export says of a licence is read like any publisher's word and
judged by the project's policy; a source that is not here yet is added by its code.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from itertools import islice
from typing import Any, NamedTuple

from curation.models import Batch, BatchProblem, Image, Licence, MediaRecord, Source
from curation.records import Delivery, Medium, Problem
from curation.selectors.deliveries import SHOWN_ROWS
from curation.services.imports.problems import problem_row, write_problems
from curation.services.imports.verdicts import Policy, verdict
from curation.services.ingest import fill_batch
from curation.services.ingest_items import RECORD_FIELDS, Item
from curation.services.licences import texts_for
from curation.services.progress import Progress
from curation.services.sources import source_for

CHUNK = 500


class Judged(NamedTuple):
    """Some rows: those whose picture may come in, with its licence, and those that stay out, unsaved."""

    good: list[tuple[Medium, Licence]]
    out: list[BatchProblem]


def ingest_export(batch: Batch, delivery: Delivery, progress: Progress) -> None:
    """Bring in every picture of the export that is not here; safe to run again after a crash."""
    batch.problems.filter(row__isnull=False).delete()  # an interrupted run's: they are written anew
    fill_batch(batch, _items(batch, delivery), progress, total=(batch.preview or {}).get("rows"))


def check_export(batch: Batch, delivery: Delivery, progress: Progress) -> dict[str, Any]:
    """What `ingest_export` would do, in the shape of selectors.deliveries.preview."""
    states: Counter[str] = Counter()
    sources: Counter[str] = Counter()
    labels: Counter[str] = Counter()
    problems: dict[tuple[str, str], dict[str, Any]] = {}
    for judged in _judge(batch, delivery):
        for medium, _ in judged.good:
            sources[medium.source_code] += 1
            labels[medium.proposed_label] += 1
            if medium.path:
                medium.path.unlink(missing_ok=True)
        states["added"] += len(judged.good)
        for row in judged.out:
            said = problems.setdefault(
                (row.kind, row.rule),
                {"kind": row.kind, "rule": row.rule, "n": 0, "message": row.message, "rows": []},
            )
            said["n"] += 1
            if row.row is not None and len(said["rows"]) < SHOWN_ROWS:
                said["rows"].append(row.row)
        progress.advance(len(judged.good) + len(judged.out))
    states["duplicate"] = sum(row["n"] for (kind, _), row in problems.items() if kind == "duplicate")
    names = dict(Source.objects.filter(code__in=sources).values_list("code", "name"))
    return {
        "kind": delivery.kind,
        "rows": states["added"] + sum(row["n"] for (kind, _), row in problems.items() if kind != "note"),
        "states": {state: n for state, n in states.items() if n},
        "problems": sorted(problems.values(), key=lambda row: -row["n"]),
        "reasons": [],
        "labels": dict(labels.most_common()),
        "sources": [
            {"code": code, "name": names.get(code, "new here"), "n": n} for code, n in sources.most_common()
        ],
    }


def _items(batch: Batch, delivery: Delivery) -> Iterator[Item]:
    sources: dict[str, Source] = {}
    for judged in _judge(batch, delivery):
        write_problems(judged.out)
        for medium, licence in judged.good:
            if medium.source_code not in sources:
                sources[medium.source_code] = source_for(medium.source_code)
            assert medium.path is not None
            yield Item(
                medium.path,
                f"{medium.proposed_label}/{medium.sha256}.jpg",
                sources[medium.source_code],
                licence,
                {name: getattr(medium, name) for name in RECORD_FIELDS},
                medium.proposed_label,
            )


def _judge(batch: Batch, delivery: Delivery) -> Iterator[Judged]:
    """The export's rows, some at a time, so that memory and the work folder stay small."""
    policy = Policy.of(batch.project)
    rows = iter(delivery.rows())
    while chunk := list(islice(rows, CHUNK)):
        media = [row for row in chunk if isinstance(row, Medium)]
        judged = Judged([], [problem_row(batch, row) for row in chunk if isinstance(row, Problem)])
        texts = texts_for({medium.licence for medium in media})
        known = {
            image.sha256: image
            for image in Image.objects.filter(sha256__in=[medium.sha256 for medium in media])
        }
        for medium in media:
            text = texts[medium.licence]
            said = verdict(text, has_source=True, policy=policy)
            if medium.sha256 in known:
                judged.out.append(_twin(batch, medium, known[medium.sha256]))
            elif said.state != MediaRecord.State.WAITING or text.licence is None:
                message = f"row {medium.row}: {said.message} ({medium.licence!r})"
                judged.out.append(
                    problem_row(
                        batch, Problem(medium.row, medium.file, said.rule, "licence", medium.licence, message)
                    )
                )
            else:
                judged.good.append((medium, text.licence))
        yield judged


def _twin(batch: Batch, medium: Medium, image: Image) -> BatchProblem:
    return BatchProblem(
        batch=batch,
        kind=BatchProblem.Kind.DUPLICATE,
        file=medium.file,
        row=medium.row,
        rule="duplicate",
        message=f"row {medium.row}: its original is here already (image {image.sha256[:12]}, "
        f"batch {image.batch_id}).",
        twin=image,
    )
