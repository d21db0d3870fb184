"""The plain way to write labels: all rows as Django's objects, then csv.writer, json.dumps or pyarrow.

python -m benchmarks.labels_plain votes|decisions|label-studio tsv|csv|jsonl|parquet|json FILE
"""

from __future__ import annotations

import csv
import json
import sys
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import django


def main() -> int:
    table, form = sys.argv[1:3]
    path = Path(sys.argv[3])
    django.setup()
    rows = {"votes": votes, "decisions": decisions, "label-studio": tasks}[table]()
    if form in ("tsv", "csv"):
        with path.open("w", newline="", encoding="utf-8") as file:
            writer = csv.DictWriter(
                file, list(rows[0]), delimiter="\t" if form == "tsv" else ",", lineterminator="\n"
            )
            writer.writeheader()
            writer.writerows(rows)
    elif form == "parquet":
        import pyarrow
        from pyarrow.parquet import write_table

        write_table(pyarrow.Table.from_pylist(rows), path, compression="zstd")
    else:
        with path.open("w", encoding="utf-8") as file:
            file.write("\n".join(map(json.dumps, rows)) if form == "jsonl" else json.dumps(rows))
    return 0


def votes() -> list[dict[str, Any]]:
    from curation.models import Vote

    names = Names()
    found = Vote.objects.order_by("created_at", "id").select_related(
        *("candidate__image", "candidate__project", "label", "prediction__model", "prediction__label"),
        *("guideline", "undone_by", "issue"),
    )
    return [
        {
            "id": str(vote.pk),
            "sha256": vote.candidate.image.sha256,
            "project": vote.candidate.project.key,
            "round": vote.round,
            "reviewer": names[vote.user_id],
            "kind": vote.kind,
            "class": vote.label.slug if vote.label else None,
            "reason": vote.reason or None,
            "flag": vote.issue.kind if hasattr(vote, "issue") else None,
            "via": vote.via,
            "blind": vote.blind,
            "audit": vote.audit,
            "known_answer": vote.gold_id is not None,
            "counts": counts(vote),
            "model": vote.prediction.model.name if vote.prediction else None,
            "suggested": vote.prediction.label.slug if vote.prediction else None,
            "confidence": vote.prediction.confidence if vote.prediction else None,
            "seconds": vote.milliseconds / 1000 if vote.milliseconds is not None else None,
            "guideline": vote.guideline.number if vote.guideline else None,
            "created_at": vote.created_at.isoformat(),
            "undone": hasattr(vote, "undone_by"),
            "undoes": str(vote.undoes_id) if vote.undoes_id else None,
        }
        for vote in found
    ]


def decisions() -> list[dict[str, Any]]:
    from curation.models import Decision

    names = Names()
    found = (
        Decision.objects.order_by("id")
        .select_related(
            "candidate__image__source", "candidate__image__licence", "candidate__project", "label"
        )
        .prefetch_related("candidate__vote_rows__undone_by")
    )
    rows = []
    for decision in found:
        candidate, image = decision.candidate, decision.candidate.image
        said: Counter[int | None] = Counter(
            vote.label_id for vote in candidate.vote_rows.all() if vote.label_id and counts(vote)
        )
        rows.append(
            {
                "sha256": image.sha256,
                "project": candidate.project.key,
                "class": decision.label.slug if decision.label else None,
                "rule": decision.rule,
                "reason": decision.reason or None,
                "by": names[decision.by_id] if decision.by_id else None,
                "votes_for": said[decision.label_id],
                "votes_against": said.total() - said[decision.label_id],
                "round": candidate.round,
                "decided_at": decision.created_at.isoformat(),
                "current": candidate.decision_id == decision.pk,
                "source": image.source.code,
                "source_kind": image.source.kind,
                "licence": image.licence.identifier,
                "licence_url": image.licence.url,
                "rights_holder": image.rights_holder,
                "access_uri": image.access_uri,
                "further_information_url": image.further_information_url,
                "occurrence_id": image.occurrence_id,
                "catalog_number": image.catalog_number,
                "scientific_name": image.scientific_name,
                "original_name": image.original_name,
            }
        )
    return rows


def tasks() -> list[dict[str, Any]]:
    from curation.models import Candidate

    names = Names()
    found = (
        Candidate.objects.order_by("id")
        .select_related("image__source", "image__licence")
        .prefetch_related(
            "vote_rows__label", "vote_rows__undone_by", "predictions__model", "predictions__label"
        )
    )
    return [
        {
            "id": candidate.pk,
            "data": {"image": candidate.image.access_uri, "sha256": candidate.image.sha256},
            "meta": {
                "sha256": candidate.image.sha256,
                "file_name": candidate.image.original_name,
                "source": candidate.image.source.code,
                "licence": candidate.image.licence.identifier,
                "rights_holder": candidate.image.rights_holder,
            },
            "annotations": [
                {
                    "reviewer": names[vote.user_id],
                    "lead_time": vote.milliseconds / 1000 if vote.milliseconds is not None else None,
                    "result": result(vote.pk, vote.label),
                }
                for vote in candidate.vote_rows.all()
                if vote.label and counts(vote)
            ],
            "predictions": [
                {
                    "model_version": prediction.model.name,
                    "score": prediction.confidence,
                    "result": result(prediction.pk, prediction.label),
                }
                for prediction in candidate.predictions.all()
            ],
        }
        for candidate in found
    ]


def counts(vote: Any) -> bool:
    return vote.kind in ("label", "flag") and not hasattr(vote, "undone_by") and vote.gold_id is None


def result(id: Any, label: Any) -> list[dict[str, Any]]:
    value = {"choices": [label.slug]}
    return [{"id": str(id), "from_name": "label", "to_name": "image", "type": "choices", "value": value}]


class Names(dict[int, str]):
    """Pseudonyms in the order of the first vote."""

    def __init__(self) -> None:
        super().__init__((pk, f"reviewer-{n}") for n, pk in enumerate(_people(), 1))


def _people() -> Iterator[int]:
    from django.db.models import Min

    from curation.models import Vote

    firsts = Vote.objects.order_by().values("user").annotate(first=Min("created_at"))
    yield from firsts.order_by("first", "user").values_list("user", flat=True)


if __name__ == "__main__":
    sys.exit(main())
