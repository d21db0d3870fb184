"""A site of full size for the dashboards, made by PostgreSQL itself: every panel has something to count.

One project of 208,896 pictures from 43 sources (the largest gave 15 %), 12 batches, 3 licences; 600,000 votes
of 24 people over a year; six pictures of ten decided; predictions of one model; records of which some failed;
two frozen releases.
"""

from __future__ import annotations

from typing import Any

CLASSES, SOURCES, REVIEWERS, BATCHES, DAYS = 17, 43, 24, 12, 365
VOTES = 600_000 / 208_896  # a picture
# Numbers stand for lots: the same rows each time. `hashint4` is PostgreSQL's own, from -2^31 to 2^31.
STEPS = """
INSERT INTO curation_image (sha256, dhash, format, extension, width, height, bytes, original_name, source_id,
    licence_id, rights_holder, access_uri, further_information_url, occurrence_id, catalog_number,
    scientific_name, family, genus, batch_id, made_by, making, "group", group_settled, representative,
    created_at)
SELECT encode(sha256(n::text::bytea), 'hex'), n, 'JPEG', 'jpg', 800, 1200, 1000, 'sheet ' || n || '.jpg',
    %(source)s + floor(%(sources)s * power((hashint4(n) / 4294967296.0 + 0.5), 2))::int,
    (%(licences)s::bigint[])[1 + abs(hashint4(n + 7)) %% 3], 'The Trustees',
    'https://example.org/media/' || n || '.jpg', '', '', '', 'Rosa canina L.', 'Rosaceae', 'Rosa',
    %(batch)s + (n * %(batches)s::bigint / (%(rows)s + 1))::int, '', '{}',
    encode(sha256(n::text::bytea), 'hex'), false, false,
    now() - (%(days)s * (%(rows)s - n)::float / %(rows)s) * interval '1 day'
FROM generate_series(1, %(rows)s) n;

INSERT INTO curation_candidate (project_id, image_id, state, votes, proposed_by, priority, urgent, round,
    disagreement, created_at, source_id, licence_id, batch_id, settled, shuffle)
SELECT %(project)s, id, 'open', 0, '', 0, false, 1, 0, created_at, source_id, licence_id, batch_id, '',
    random() FROM curation_image
ORDER BY id;

INSERT INTO curation_prediction (candidate_id, model_id, label_id, confidence, probabilities, created_at)
SELECT id, %(model)s, %(label)s + abs(hashint4(id::int)) %% %(classes)s, 0.35 + (id %% 650) / 1000.0,
    ARRAY[1.0], created_at
FROM curation_candidate ORDER BY id;

INSERT INTO curation_vote (id, candidate_id, user_id, kind, label_id, reason, prediction_id, milliseconds,
    round, via, blind, audit, guideline_id, created_at)
SELECT gen_random_uuid(), c.id, %(user)s + (c.id + n * 5) %% %(reviewers)s, 'label',
    CASE WHEN n = 2 AND c.id %% 11 = 0 THEN %(label)s + c.id %% %(classes)s ELSE p.label_id END, '', p.id,
    500 + c.id %% 9000, 1, 'single', n = 2, false, %(guideline)s,
    least(now(), c.created_at + (n + c.id %% 30) * interval '9 hours')
FROM curation_candidate c JOIN curation_prediction p ON p.candidate_id = c.id
CROSS JOIN LATERAL generate_series(1, CASE WHEN c.id %% 100 < 87 THEN 3 ELSE 2 END) n
ORDER BY c.id, n;

INSERT INTO curation_decision (candidate_id, label_id, rule, vote_id, reason, created_at)
SELECT DISTINCT ON (candidate_id) candidate_id, label_id,
    CASE WHEN candidate_id %% 11 = 0 THEN 'majority' WHEN candidate_id %% 97 = 0 THEN 'adjudicated'
    ELSE 'votes' END,
    id, '', created_at
FROM curation_vote WHERE candidate_id %% 10 < 6 ORDER BY candidate_id, created_at DESC;

UPDATE curation_candidate c SET state = 'decided', votes = CASE WHEN c.id %% 100 < 87 THEN 3 ELSE 2 END,
    label_id = d.label_id, decision_id = d.id, prediction_id = p.id, guess_id = p.label_id,
    confidence = p.confidence, decided_at = d.created_at, settled = d.rule
FROM curation_decision d, curation_prediction p WHERE d.candidate_id = c.id AND p.candidate_id = c.id;

UPDATE curation_candidate c SET votes = 2, prediction_id = p.id, guess_id = p.label_id,
    confidence = p.confidence,
    state = CASE WHEN c.id %% 50 = 9 THEN 'disputed' WHEN c.id %% 500 = 8 THEN 'flagged' ELSE 'open' END
FROM curation_prediction p WHERE p.candidate_id = c.id AND c.state = 'open';

INSERT INTO curation_mediarecord (batch_id, file, row, medium, access_uri, host, format, licence_text_id,
    record_licence, dataset_licence, rights_holder, creator, further_information_url, occurrence_id,
    catalog_number, institution_code, collection_code, dataset_key, scientific_name, family, genus,
    proposed_label, source_id, state, rule, message, status_code, attempts, attempted_at, etag, last_modified,
    final_uri, image_id)
SELECT batch_id, 'list.tsv', id, 'image', access_uri, 'example.org', '', %(text)s, '', '', '', '', '', '', '',
    '', '', '', '', '', '', '', source_id,
    CASE WHEN id %% 10 = 0 THEN 'failed' ELSE 'added' END,
    CASE WHEN id %% 10 = 0 THEN (ARRAY['http-404', 'timeout', 'not-an-image', 'http-503'])[1 + (id / 10) %% 4]
    ELSE '' END, '', CASE WHEN id %% 10 = 0 THEN 404 ELSE 200 END, 1, created_at, '', '', '',
    CASE WHEN id %% 10 = 0 THEN NULL ELSE id END
FROM curation_image;

INSERT INTO curation_release (name, project_id, seed, balance, train, test, validate, manifest_sha256,
    only_sources, only_licences, test_sources, survey_sources, software, created_at)
SELECT 'release-' || n, %(project)s, n, 'random', 1, 1, 1, repeat(n::text, 64), '[]', '[]', '[]', '[]',
    'benchmark', now() FROM generate_series(1, 2) n;

INSERT INTO curation_releasemember (release_id, image_id, split, sha256, category_index,
    category, category_name, source, source_kind, licence, licence_url, rights_holder, access_uri,
    further_information_url, occurrence_id, catalog_number, scientific_name, original_name, leak_group)
SELECT r.id, i.id, (ARRAY['train', 'train', 'train', 'test', 'validate'])[1 + i.id %% 5], i.sha256,
    l.index, l.slug, l.name, s.code, s.kind, a.code || '-' || a.version, '', '', '', '', '', '', '',
    i.original_name, i.sha256
FROM curation_release r, curation_candidate c JOIN curation_image i ON i.id = c.image_id
JOIN curation_labelclass l ON l.id = c.label_id JOIN curation_source s ON s.id = i.source_id
JOIN curation_licence a ON a.id = i.licence_id WHERE c.state = 'decided' AND c.id %% 10 < 4
"""


def fill(rows: int) -> Any:
    """The project, in an empty database. Django must be set up."""
    from django.db import connection

    from curation.models import Batch, Guideline, ModelVersion, Source, User
    from curation.services.licences import licence_named, texts_for
    from curation.services.projects import ensure_herbariograph

    project, _ = ensure_herbariograph()
    labels = list(project.classes.order_by("id"))
    sources = [Source.objects.create(code=f"B{n}", name=f"Source {n}") for n in range(SOURCES)]
    users = [User.objects.create(username=f"curator-{n}", role="curator") for n in range(REVIEWERS)]
    batches = [
        Batch.objects.create(origin=f"benchmark {n}", kind="list", project=project) for n in range(BATCHES)
    ]
    model = ModelVersion.objects.create(
        name="benchmark", folder="none", manifest_sha256="0" * 64, classes=[c.name for c in labels],
        image_size=96, parameters=1,
    )  # fmt: skip
    guideline = project.guideline or Guideline.objects.create(project=project, number=1)
    values: dict[str, Any] = {
        "rows": rows, "project": project.pk, "model": model.pk, "guideline": guideline.pk,
        "label": labels[0].pk, "classes": CLASSES, "source": sources[0].pk, "sources": SOURCES,
        "user": users[0].pk, "reviewers": REVIEWERS, "batch": batches[0].pk, "batches": BATCHES, "days": DAYS,
        "licences": [licence_named(code).pk for code in ("CC0-1.0", "CC-BY-4.0", "CC-BY-NC-4.0")],
        "text": texts_for(["CC0"])["CC0"].pk,
    }  # fmt: skip
    with connection.cursor() as cursor:
        # Triggers would run for every row; what they would write stands in the statements.
        cursor.execute("SET session_replication_role = replica")
        for step in STEPS.split(";\n"):
            cursor.execute(step, values)
        cursor.execute("SET session_replication_role = origin")
        cursor.execute("VACUUM ANALYZE")
    return project
