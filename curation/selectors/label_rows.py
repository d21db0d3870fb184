"""Votes and decisions of a project or a release as rows, straight from PostgreSQL's COPY.

One statement gives all rows, so they are of one moment; they come one by one, so memory stays flat. Reviewers
are numbered in the order of their first vote or decision in the project, which never changes, since votes and
decisions are only ever added; whose number it is, only this database knows.

Of a release they are as they were when it was frozen: later votes and decisions do not show, so the same
release gives the same rows always.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, cast

from django.db import connection

from curation.models import Project, Release
from curation.selectors.label_columns import DECISIONS, VOTES, Table


@dataclass(frozen=True)
class Scope:
    """Whose rows. licences: only these of a release, empty for all. names: user names, not pseudonyms."""

    project: Project
    release: Release | None = None
    licences: tuple[str, ...] = ()
    names: bool = False

    @property
    def parameters(self) -> dict[str, Any]:
        return {
            "project": self.project.pk,
            "key": self.project.key,
            "names": self.names,
            "release": self.release.pk if self.release else None,
            "licences": list(self.licences),
            "until": self.release.created_at if self.release else "infinity",
        }

    @property
    def pictures(self) -> str:
        return RELEASE_PICTURES if self.release else PROJECT_PICTURES


# candidate, number (of the task, for Label Studio), round and decision (those that hold), and provenance.
PROJECT_PICTURES = """
SELECT c.id AS candidate, c.id AS number, c.round, c.decision_id AS decision, i.sha256,
       s.code AS source, s.kind AS source_kind,
       l.code || CASE WHEN l.version = '' THEN '' ELSE '-' || l.version END AS licence, l.url AS licence_url,
       i.rights_holder, i.access_uri, i.further_information_url, i.occurrence_id, i.catalog_number,
       i.scientific_name, i.original_name
FROM curation_candidate c
JOIN curation_image i ON i.id = c.image_id
JOIN curation_source s ON s.id = i.source_id
JOIN curation_licence l ON l.id = i.licence_id
WHERE c.project_id = %(project)s
"""
RELEASE_PICTURES = """
SELECT c.id AS candidate, row_number() OVER (ORDER BY m.sha256) AS number, taken.round,
       taken.id AS decision, m.sha256, m.source, m.source_kind, m.licence, m.licence_url,
       m.rights_holder, m.access_uri, m.further_information_url, m.occurrence_id, m.catalog_number,
       m.scientific_name, m.original_name
FROM curation_releasemember m
JOIN curation_candidate c ON c.image_id = m.image_id AND c.project_id = %(project)s
LEFT JOIN LATERAL (
    SELECT d.id, 1 + (SELECT count(*) FROM curation_decision e
                      WHERE e.candidate_id = c.id AND e.rule = 'reopened' AND e.id < d.id) AS round
    FROM curation_decision d JOIN curation_labelclass k ON k.id = d.label_id
    WHERE d.candidate_id = c.id AND k.slug = m.category AND d.created_at <= %(until)s::timestamptz
    ORDER BY d.id DESC LIMIT 1
) taken ON true
WHERE m.release_id = %(release)s
  AND (%(licences)s::text[] = '{}' OR m.licence = ANY (%(licences)s::text[]))
"""
PEOPLE = """
SELECT person, CASE WHEN %(names)s THEN min(username)
       ELSE 'reviewer-' || row_number() OVER (ORDER BY min(since), person) END AS name, min(email) AS email
FROM (
    SELECT v.user_id AS person, min(v.created_at) AS since
    FROM curation_vote v JOIN curation_candidate c ON c.id = v.candidate_id
    WHERE c.project_id = %(project)s GROUP BY v.user_id
    UNION ALL
    SELECT d.by_id, min(d.created_at)
    FROM curation_decision d JOIN curation_candidate c ON c.id = d.candidate_id
    WHERE c.project_id = %(project)s AND d.by_id IS NOT NULL GROUP BY d.by_id
) acts JOIN curation_user ON curation_user.id = person
GROUP BY person
"""
# Which votes count: as VoteRows.counting says, at the moment that the rows are of.
COUNTS = "v.kind IN ('label', 'flag') AND undo.id IS NULL AND v.gold_id IS NULL AND v.round = p.round"
UNDO = """
LEFT JOIN curation_vote undo ON undo.undoes_id = v.id AND undo.created_at <= %(until)s::timestamptz
"""
# Labels that stand, by picture and round. What follows is grouped by, too.
TALLY = f"""
SELECT v.candidate_id, v.round, min(v.label_id) AS label_id, count(*)::int AS n
FROM curation_vote v JOIN curation_candidate c ON c.id = v.candidate_id {UNDO}
WHERE c.project_id = %(project)s AND v.kind = 'label' AND v.gold_id IS NULL AND undo.id IS NULL
  AND v.created_at <= %(until)s::timestamptz
GROUP BY v.candidate_id, v.round"""
VOTE_ROWS = f"""
SELECT v.id::text AS id, p.sha256, %(key)s::text AS project, v.round, people.name AS reviewer, v.kind,
       k.slug AS class, v.reason, flagged.kind AS flag, v.via, v.blind, v.audit,
       v.gold_id IS NOT NULL AS known_answer, {COUNTS} AS counts,
       m.name AS model, likeliest.slug AS suggested, r.confidence,
       round(v.milliseconds / 1000.0, 3)::float8 AS seconds, g.number AS guideline, v.created_at,
       undo.id IS NOT NULL AS undone, v.undoes_id::text AS undoes
FROM pictures p
JOIN curation_vote v ON v.candidate_id = p.candidate AND v.created_at <= %(until)s::timestamptz
JOIN people ON people.person = v.user_id
{UNDO}
LEFT JOIN curation_labelclass k ON k.id = v.label_id
LEFT JOIN curation_dataissue flagged ON flagged.vote_id = v.id
LEFT JOIN curation_prediction r ON r.id = v.prediction_id
LEFT JOIN curation_modelversion m ON m.id = r.model_id
LEFT JOIN curation_labelclass likeliest ON likeliest.id = r.label_id
LEFT JOIN curation_guideline g ON g.id = v.guideline_id
ORDER BY v.created_at, v.id
"""
DECISION_ROWS = f"""
SELECT p.sha256, %(key)s::text AS project, k.slug AS class, d.rule, d.reason, people.name AS by,
       CASE WHEN d.label_id IS NOT NULL THEN coalesce(same.n, 0) END AS votes_for,
       CASE WHEN d.label_id IS NOT NULL THEN coalesce(said.n, 0) - coalesce(same.n, 0) END AS votes_against,
       d.round, d.created_at AS decided_at, d.id IS NOT DISTINCT FROM p.decision AS current,
       p.source, p.source_kind, p.licence, p.licence_url, p.rights_holder, p.access_uri,
       p.further_information_url, p.occurrence_id, p.catalog_number, p.scientific_name, p.original_name
FROM pictures p
JOIN (
    SELECT d.*, 1 + count(*) FILTER (WHERE d.rule = 'reopened') OVER (
        PARTITION BY d.candidate_id ORDER BY d.id ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING) AS round
    FROM curation_decision d JOIN curation_candidate c ON c.id = d.candidate_id
    WHERE c.project_id = %(project)s AND d.created_at <= %(until)s::timestamptz
) d ON d.candidate_id = p.candidate
LEFT JOIN curation_labelclass k ON k.id = d.label_id
LEFT JOIN people ON people.person = d.by_id
LEFT JOIN ({TALLY}, v.label_id) same
    ON same.candidate_id = d.candidate_id AND same.round = d.round AND same.label_id = d.label_id
LEFT JOIN ({TALLY}) said ON said.candidate_id = d.candidate_id AND said.round = d.round
ORDER BY d.id
"""
ROWS = {VOTES.name: VOTE_ROWS, DECISIONS.name: DECISION_ROWS}
TIME = """to_char(t."{name}" AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"')"""
PLAIN = 't."{name}"'
# Column type -> what COPY is to write. Empty texts become NULL: an empty cell, or null in JSON.
AS_CELL = {"string": "nullif(t.\"{name}\", '')", "boolean": 't."{name}"::text', "datetime": TIME}
AS_JSON = {"string": "nullif(t.\"{name}\", '')", "datetime": TIME}


def cells(table: Table, scope: Scope, delimiter: str) -> Iterator[bytes]:
    """Each row as one line, quoted as in RFC 4180 (as csv.writer does), without the column names."""
    options = f"FORMAT csv, DELIMITER E'{delimiter}'"
    return copied(_selected(table, scope, AS_CELL), scope.parameters, options)


def documents(table: Table, scope: Scope) -> Iterator[bytes]:
    """Each row as one line of JSON."""
    rows = f"SELECT row_to_json(line) FROM ({_selected(table, scope, AS_JSON)}) line"
    return copied_json(rows, scope.parameters)


def _selected(table: Table, scope: Scope, forms: dict[str, str]) -> str:
    columns = ", ".join(
        f'{forms.get(column.type, PLAIN).format(name=column.name)} AS "{column.name}"'
        for column in table.columns
    )
    return (
        f"WITH pictures AS ({scope.pictures}), people AS ({PEOPLE}) "
        f"SELECT {columns} FROM ({ROWS[table.name]}) t"
    )


def copied_json(statement: str, parameters: dict[str, Any]) -> Iterator[bytes]:
    """The one JSON column of a statement, a line for each row."""
    # JSON escapes every control character itself; what COPY adds is a second backslash before each one.
    for line in copied(statement, parameters, "FORMAT text"):
        yield line.replace(b"\\\\", b"\\")


def copied(statement: str, parameters: dict[str, Any], options: str) -> Iterator[bytes]:
    """What COPY writes, one row at a time (each message of the server is one row)."""
    with connection.cursor() as cursor:
        copy = cast(Any, cursor).copy(f"COPY ({statement}) TO STDOUT WITH ({options})", parameters)
        with copy as rows:
            for row in rows:
                yield bytes(row)
