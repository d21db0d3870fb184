"""A project in which every picture has votes, a prediction and a decision, made by PostgreSQL itself."""

from __future__ import annotations

from typing import Any

CLASSES, SOURCES, REVIEWERS = 17, 43, 12
# Every third picture has two votes. Numbers stand for lots: the same rows each time.
STEPS = """
INSERT INTO curation_image (sha256, dhash, format, extension, width, height, bytes, original_name, source_id,
    licence_id, rights_holder, access_uri, further_information_url, occurrence_id, catalog_number,
    scientific_name, family, genus, batch_id, made_by, making, "group", group_settled, representative,
    created_at)
SELECT encode(sha256(n::text::bytea), 'hex'), n, 'JPEG', 'jpg', 800, 1200, 1000, 'sheet ' || n || '.jpg',
    %(source)s + n %% %(sources)s, %(licence)s, 'The "Trustees"', 'https://example.org/media/' || n || '.jpg',
    'https://example.org/specimen/' || n, 'urn:catalog:K:' || n, 'K' || n,
    'Rosa canina L.', 'Rosaceae', 'Rosa',
    %(batch)s, '', '{}', encode(sha256(n::text::bytea), 'hex'), false, false, now()
FROM generate_series(1, %(rows)s) n;

INSERT INTO curation_candidate (project_id, image_id, state, votes, proposed_by, priority, urgent, round,
    disagreement, created_at)
SELECT %(project)s, id, 'open', 0, '', 0, false, 1, 0, now() FROM curation_image ORDER BY id;

INSERT INTO curation_prediction (candidate_id, model_id, label_id, confidence, probabilities, created_at)
SELECT id, %(model)s, %(label)s + id %% %(classes)s, 0.35 + (id %% 650) / 1000.0, ARRAY[1.0], now()
FROM curation_candidate ORDER BY id;

INSERT INTO curation_vote (id, candidate_id, user_id, kind, label_id, reason, prediction_id, milliseconds,
    round, via, blind, audit, guideline_id, created_at)
SELECT gen_random_uuid(), c.id, %(user)s + (c.id + n) %% %(reviewers)s, 'label', p.label_id, '', p.id,
    500 + c.id %% 9000, 1, 'single', n = 2, false, %(guideline)s, now() - (c.id * 2 - n) * interval '1 s'
FROM curation_candidate c JOIN curation_prediction p ON p.candidate_id = c.id
CROSS JOIN generate_series(1, 2) n WHERE n = 1 OR c.id %% 3 = 0;

INSERT INTO curation_decision (candidate_id, label_id, rule, vote_id, reason, created_at)
SELECT DISTINCT ON (candidate_id) candidate_id, label_id, 'votes', id, '', now() FROM curation_vote
ORDER BY candidate_id, id;

UPDATE curation_candidate c SET state = 'decided', votes = CASE WHEN c.id %% 3 = 0 THEN 2 ELSE 1 END,
    label_id = d.label_id, decision_id = d.id, prediction_id = p.id
FROM curation_decision d, curation_prediction p WHERE d.candidate_id = c.id AND p.candidate_id = c.id
"""


def fill(rows: int) -> Any:
    """The project, in an empty database. Django must be set up."""
    from django.db import connection

    from curation.models import Batch, Guideline, ModelVersion, Source, User
    from curation.services.licences import licence_named
    from curation.services.projects import ensure_herbariograph

    project, _ = ensure_herbariograph()
    labels = list(project.classes.order_by("id"))
    sources = [Source.objects.create(code=f"S{n}", name=f"Source {n}") for n in range(SOURCES)]
    users = [User.objects.create(username=f"curator-{n}", role="curator") for n in range(REVIEWERS)]
    model = ModelVersion.objects.create(
        name="benchmark", folder="none", manifest_sha256="0" * 64, classes=[c.name for c in labels],
        image_size=96, parameters=1,
    )  # fmt: skip
    guideline = project.guideline or Guideline.objects.create(project=project, number=1)
    values = {
        "rows": rows, "project": project.pk, "model": model.pk, "guideline": guideline.pk,
        "label": labels[0].pk, "classes": CLASSES, "source": sources[0].pk, "sources": SOURCES,
        "user": users[0].pk, "reviewers": REVIEWERS, "licence": licence_named("CC-BY-4.0").pk,
        "batch": Batch.objects.create(origin="benchmark").pk,
    }  # fmt: skip
    with connection.cursor() as cursor:
        for step in STEPS.split(";\n"):
            cursor.execute(step, values)
        cursor.execute("VACUUM ANALYZE")
    return project
