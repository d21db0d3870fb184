"""From the first schema to the newest with data in it: no row lost, no value of then changed."""

from __future__ import annotations

import json
import os
import subprocess
import sys

import psycopg
import pytest
from django.conf import settings

from tests.worker import REPOSITORY

pytestmark = pytest.mark.django_db
FORBIDDEN = psycopg.errors.IntegrityConstraintViolation

# Columns that later schemas replaced. What a project said is its first guideline, see below; whether a
# licence is accepted became a rule of each project, which begins with that of the published data set, and
# what it was stands in the audit.
REPLACED = {"curation_project": {"guidelines"}, "curation_licence": {"accepted"}}


def test_nothing_of_the_first_schema_is_lost(empty_database: str) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "tests.operation.first_schema"],
        cwd=REPOSITORY,
        env={
            **os.environ,
            "DATABASE_URL": empty_database,
            "REDIS_URL": settings.REDIS_URL,
            "DJANGO_SETTINGS_MODULE": "curation.settings",
        },
        capture_output=True,
        text=True,
        timeout=100,
        check=False,
    )
    assert done.returncode == 0, done.stderr[-3000:]
    found = json.loads(done.stdout)
    before, after = found["before"], found["after"]
    written = {table for table, held in before.items() if held["rows"]}
    assert {"curation_vote", "curation_decision", "curation_releasemember", "curation_auditentry"} <= written
    for table, held in before.items():
        assert table in after, f"{table} is gone"
        gone = set(held["columns"]) - set(after[table]["columns"])
        assert gone == REPLACED.get(table, set()), f"{table} lost {gone}"
        there = after[table]["rows"]
        for row in held["rows"]:
            assert {name: value for name, value in row.items() if name not in gone} in there, (
                f"{table}: {row}"
            )
    assert found["read"]["members"] == 3 and len(found["read"]["votes"]) == 9
    assert found["read"]["decided"] == ["Leaves", "Seeds", "Leaves"]
    assert found["read"]["accepted"] == [{"accepted": ["CC-BY-4.0", "CC-BY-ND-4.0"], "not_accepted": ["ARR"]}]
    assert found["read"]["guidelines"] == ["Leaves before seeds – always."]
    # History of then is as fixed as that of today.
    for table in ("curation_vote", "curation_decision", "curation_auditentry", "curation_release"):
        with psycopg.connect(empty_database) as connection, pytest.raises(FORBIDDEN):
            connection.execute(f"DELETE FROM {table}")
