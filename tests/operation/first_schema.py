"""Run as a process on an empty database: the first schema, rows as it had them, then the newest schema.

Prints what every table of the first schema held before and after, as JSON. The rows are written by SQL: no
model of today knows the tables of then.
"""

from __future__ import annotations

import json
import sys
import uuid
from typing import Any

import django

FIRST = "0002"  # 0001 made the tables, 0002 what forbids changes: published together
STAND_INS = {
    "boolean": "false",
    "integer": "0",
    "smallint": "0",
    "bigint": "0",
    "double precision": "0",
    "timestamp with time zone": "now()",
    "date": "now()",
    "jsonb": "'{}'",
    "ARRAY": "'{}'",
}


def insert(cursor: Any, table: str, **values: Any) -> int:
    """One row; columns that must have a value and were given none get an empty one. Returns its id."""
    cursor.execute(
        "SELECT column_name, data_type FROM information_schema.columns WHERE table_name = %s "
        "AND is_nullable = 'NO' AND column_default IS NULL AND is_identity = 'NO'",
        [table],
    )
    rest = {name: STAND_INS.get(kind, "''") for name, kind in cursor.fetchall() if name not in values}
    names = ", ".join(f'"{name}"' for name in [*values, *rest])
    places = ", ".join([*["%s"] * len(values), *rest.values()])
    cursor.execute(f"INSERT INTO {table} ({names}) VALUES ({places}) RETURNING id", [*values.values()])
    return int(cursor.fetchone()[0]) if table != "curation_vote" else 0


def fill(cursor: Any) -> None:
    """Two people, a project, three pictures, votes (one undone), decisions, a frozen release, an export."""
    people = [
        insert(cursor, "curation_user", username=name, password="!", role=role, is_active=True)
        for name, role in (("ana", "curator"), ("bo", "lead"))
    ]
    project = insert(
        cursor, "curation_project", key="flora", title="Flora", votes_needed=1, train=1, test=1, validate=1,
        guidelines="Leaves before seeds – always.",
    )  # fmt: skip
    labels = [
        insert(
            cursor,
            "curation_labelclass",
            project_id=project,
            name=name,
            slug=name.lower(),
            key=name[0],
            index=n,
        )  # fmt: skip
        for n, name in enumerate(("Leaves", "Seeds"))
    ]
    source = insert(cursor, "curation_source", code="S1", name="Garden", kind="herbarium")
    licence = insert(cursor, "curation_licence", code="CC-BY", version="4.0", accepted=True)
    insert(cursor, "curation_licence", code="CC-BY-ND", version="4.0", accepted=True)
    insert(cursor, "curation_licence", code="ARR", version="", accepted=False)
    batch = insert(cursor, "curation_batch", origin="/archive", source_id=source, licence_id=licence)
    release = insert(
        cursor, "curation_release", name="first", project_id=project, seed=7, balance="random",
        train=1, test=1, validate=1, software="0.1.0", created_by_id=people[1],
    )  # fmt: skip
    for n, split in enumerate(("train", "test", "validate")):
        sha256 = f"{n:064x}"
        image = insert(
            cursor, "curation_image", sha256=sha256, dhash=n, format="JPEG", extension="jpg", width=9,
            height=9, bytes=9, original_name=f"Blatt {n} – ü.jpg", source_id=source, licence_id=licence,
            batch_id=batch, group=sha256,
        )  # fmt: skip
        candidate = insert(cursor, "curation_candidate", project_id=project, image_id=image, state="open")
        vote = {"candidate_id": candidate, "user_id": people[0], "kind": "label", "label_id": labels[n % 2]}
        given = uuid.UUID(int=n + 1)
        insert(cursor, "curation_vote", id=given, **vote)
        skipped = uuid.UUID(int=100 + n)
        other = {"candidate_id": candidate, "user_id": people[1]}
        insert(cursor, "curation_vote", id=skipped, kind="skip", **other)
        insert(cursor, "curation_vote", id=uuid.UUID(int=200 + n), kind="undo", undoes_id=skipped, **other)
        rule = "votes" if n else "adjudicated"
        decision = insert(
            cursor, "curation_decision", candidate_id=candidate, label_id=labels[n % 2], rule=rule,
            vote_id=given,
        )  # fmt: skip
        cursor.execute(
            "UPDATE curation_candidate SET state = 'decided', label_id = %s, decision_id = %s WHERE id = %s",
            [labels[n % 2], decision, candidate],
        )
        insert(
            cursor, "curation_releasemember", release_id=release, image_id=image, split=split, sha256=sha256,
            category_index=n % 2, category="leaves", category_name="Leaves", source="S1",
            source_kind="herbarium", licence="CC-BY-4.0", original_name=f"{n}.jpg", leak_group=sha256,
        )  # fmt: skip
    cursor.execute("UPDATE curation_release SET manifest_sha256 = %s WHERE id = %s", ["ab" * 32, release])
    job = insert(cursor, "curation_job", kind="export", title="Export first", state="done", queue="default")
    insert(cursor, "curation_joblog", job_id=job, line="Done.")
    insert(cursor, "curation_auditentry", action="release.freeze", subject="first", actor_id=people[1])


def contents(cursor: Any, wanted: dict[str, list[str]] | None = None) -> dict[str, Any]:
    """Table -> its columns and rows, as text; `wanted`: of which, where they are there."""
    cursor.execute(
        "SELECT table_name, column_name FROM information_schema.columns WHERE table_schema = 'public' "
        "AND table_name LIKE 'curation\\_%' ORDER BY table_name, ordinal_position"
    )
    columns: dict[str, list[str]] = {}
    for table, column in cursor.fetchall():
        if wanted is None or column in wanted.get(table, []):
            columns.setdefault(table, []).append(column)
    found = {}
    for table, names in columns.items():
        listed = ", ".join(f'"{name}"::text' for name in names)
        cursor.execute(f"SELECT {listed} FROM {table} ORDER BY 1")
        rows = [dict(zip(names, row, strict=True)) for row in cursor.fetchall()]
        found[table] = {"columns": names, "rows": rows}
    return found


def main() -> None:
    django.setup()
    from django.core.management import call_command
    from django.db import connection

    call_command("migrate", "curation", FIRST, interactive=False, verbosity=0)
    with connection.cursor() as cursor:
        fill(cursor)
        before = contents(cursor)
    call_command("migrate", interactive=False, verbosity=0)
    with connection.cursor() as cursor:
        after = contents(cursor, {table: found["columns"] for table, found in before.items()})
    from curation.models import AuditEntry, Candidate, Guideline, Release, Vote

    read = {
        "accepted": [one.detail for one in AuditEntry.objects.filter(action="licence.accepted")],
        "decided": [str(one.label) for one in Candidate.objects.order_by("pk")],
        "votes": [str(one.pk) for one in Vote.objects.order_by("pk")],
        "guidelines": [one.intro for one in Guideline.objects.order_by("pk")],
        "members": Release.objects.get(name="first").members.count(),
    }
    json.dump({"before": before, "after": after, "read": read}, sys.stdout)


if __name__ == "__main__":
    main()
