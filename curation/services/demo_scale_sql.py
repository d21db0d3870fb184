"""What is drawn about a chunk of images, written by PostgreSQL: candidates, guesses, votes, decisions.

A number of a row gives the same lots each time: `hashint4` is PostgreSQL's own. Six of ten are decided, some
by two votes; the guess is right for 85 of 100; one in fifty is disputed.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from django.db import connection
from psycopg import sql

from curation.models import Image

_ROWS = """
WITH t AS (
    SELECT image, number, number %% %(classes)s AS truth, hashint4(number) & 2147483647 AS lot,
        (hashint4(number + 7000000) & 2147483647) %% 1000 AS other
    FROM unnest(%(images)s::bigint[], %(numbers)s::int[]) AS u(image, number)
)"""
# What is decided, and what two people see differently: known from the lot, as the truth is.
_STATE = (
    "CASE WHEN t.lot % 100 < 60 THEN 'decided' WHEN t.lot % 100 < 62 THEN 'disputed' ELSE 'open' END".replace(
        "%", "%%"
    )
)
_AGE = "(365 * (1 - (t.lot %% 99991) / 99991.0)) * interval '1 day'"

CANDIDATES = f"""{_ROWS}
INSERT INTO curation_candidate (project_id, image_id, state, votes, proposed_by, priority, urgent, round,
    disagreement, settled, shuffle, created_at)
SELECT %(project)s, image, 'open', 0, '', 0, false, 1, 0, '', random(), now() - interval '366 days' FROM t"""

PREDICTIONS = f"""{_ROWS}, guess AS (
    SELECT t.*, CASE WHEN other < 850 THEN truth ELSE (truth + 1 + other) %% %(classes)s END AS best,
        0.35 + 0.64 * sqrt(other / 1000.0) AS top
    FROM t
)
INSERT INTO curation_prediction (candidate_id, model_id, label_id, confidence, probabilities, created_at)
SELECT c.id, %(model)s, (%(labels)s::bigint[])[best + 1], top,
    ARRAY(SELECT CASE WHEN k = best THEN top WHEN k = (best + 3) %% %(classes)s THEN (1 - top) * 0.7
                      ELSE (1 - top) * 0.02 END FROM generate_series(0, %(classes)s - 1) k ORDER BY k),
    now() - interval '366 days'
FROM guess JOIN curation_candidate c ON c.image_id = guess.image AND c.project_id = %(project)s"""

VOTES = f"""{_ROWS}
INSERT INTO curation_vote (id, candidate_id, user_id, kind, label_id, reason, prediction_id, milliseconds,
    round, via, blind, audit, guideline_id, created_at)
SELECT gen_random_uuid(), c.id, (%(users)s::bigint[])[1 + (t.lot + n * 5) %% 24], 'label',
    (%(labels)s::bigint[])[
        1 + CASE WHEN n = 2 AND {_STATE} = 'disputed' THEN (truth + 1) %% %(classes)s ELSE truth END
    ],
    '', p.id, 500 + t.other * 9, 1, 'single', n = 2, false, %(guideline)s,
    now() - {_AGE} + n * interval '1 hour'
FROM t JOIN curation_candidate c ON c.image_id = t.image AND c.project_id = %(project)s
JOIN curation_prediction p ON p.candidate_id = c.id
CROSS JOIN LATERAL generate_series(1, CASE WHEN {_STATE} = 'disputed' OR t.lot %% 10 = 0 THEN 2 ELSE 1 END) n
WHERE {_STATE} <> 'open'
ORDER BY t.number, n"""

DECISIONS = f"""{_ROWS}
INSERT INTO curation_decision (candidate_id, label_id, rule, vote_id, reason, created_at)
SELECT DISTINCT ON (c.id) c.id, v.label_id, 'votes', v.id, '', v.created_at
FROM t JOIN curation_candidate c ON c.image_id = t.image AND c.project_id = %(project)s
JOIN curation_vote v ON v.candidate_id = c.id
WHERE {_STATE} = 'decided'
ORDER BY c.id, v.created_at"""

STATES = f"""{_ROWS}
UPDATE curation_candidate c SET state = {_STATE}, label_id = d.label_id, decision_id = d.id,
    prediction_id = p.id, priority = 1 - p.confidence,
    votes = (SELECT count(*) FROM curation_vote v WHERE v.candidate_id = c.id)
FROM t JOIN curation_candidate o ON o.image_id = t.image AND o.project_id = %(project)s
JOIN curation_prediction p ON p.candidate_id = o.id
LEFT JOIN curation_decision d ON d.candidate_id = o.id
WHERE c.id = o.id"""

STEPS = (CANDIDATES, PREDICTIONS, VOTES, DECISIONS, STATES)


def copy_images(cursor: Any, rows: Sequence[Mapping[str, Any]]) -> list[int]:
    """Put images in by COPY, a tenth of the work of bulk_create; their ids, in the order of the rows.

    A row names the columns that differ from those of a new Image.
    """
    cursor.execute(
        "SELECT nextval(pg_get_serial_sequence('curation_image', 'id')) FROM generate_series(1, %s)",
        [len(rows)],
    )
    ids = [pk for (pk,) in cursor.fetchall()]
    fields = Image._meta.concrete_fields
    new = Image()
    usual = {
        str(field.column): field.get_db_prep_save(getattr(new, field.attname), connection) for field in fields
    }
    table = sql.Identifier(Image._meta.db_table)
    columns = sql.SQL(", ").join(map(sql.Identifier, usual))
    with cursor.copy(sql.SQL("COPY {} ({}) FROM STDIN").format(table, columns)) as copy:
        for pk, row in zip(ids, rows, strict=True):
            copy.write_row([*(usual | dict(row) | {"id": pk}).values()])
    return ids
