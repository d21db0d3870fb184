"""Label Studio's tasks and labelling configuration: what it imports and exports as JSON.

Shape: https://labelstud.io/guide/task_format (tasks), https://labelstud.io/guide/predictions (predictions),
https://labelstud.io/tags/choices and /tags/choice (configuration). Each vote that counts is an annotation
with one result of the type `choices`, whose value is the slug of the class: the configuration names it as the
alias of the choice, and Label Studio writes aliases.

Label Studio refuses a file whose `completed_by` names somebody it does not know, and takes an annotation
without it as the importing person's. So pseudonyms stand in a key of ours, `reviewer`, which it passes over;
`completed_by` with the e-mail address is written only with real names. It takes `ground_truth` as true where
it is missing, so it is always there.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import NamedTuple
from xml.sax.saxutils import quoteattr

from django.db import connection

from curation.models import Project
from curation.selectors.label_rows import PEOPLE, TIME, UNDO, Scope, copied_json
from curation.services.exports.pictures import chunks

FROM_NAME, TO_NAME = "label", "image"
PIECE = 500  # tasks written together
RESULT = """json_build_array(json_build_object(
    'id', {id}, 'from_name', '{from_name}', 'to_name', '{to_name}', 'type', 'choices',
    'value', json_build_object('choices', json_build_array(k.slug))))"""


def _result(id: str) -> str:
    return RESULT.format(id=id, from_name=FROM_NAME, to_name=TO_NAME)


def _time(column: str) -> str:
    return TIME.format(name=column)


# A known answer may be put aside or come later, so those of a release, which never changes, show none.
TASKS = f"""
SELECT json_build_object(
    'id', p.number,
    'data', json_build_object(
        'image', CASE WHEN %(images)s::text IS NOT NULL THEN %(images)s || p.sha256 || '.jpg'
                      ELSE coalesce(nullif(p.access_uri, ''), p.sha256 || '.jpg') END,
        'sha256', p.sha256),
    'meta', json_strip_nulls(json_build_object(
        'sha256', p.sha256, 'file_name', nullif(p.original_name, ''), 'source', p.source,
        'licence', p.licence, 'licence_url', nullif(p.licence_url, ''),
        'rights_holder', nullif(p.rights_holder, ''),
        'further_information_url', nullif(p.further_information_url, ''),
        'occurrence_id', nullif(p.occurrence_id, ''), 'catalog_number', nullif(p.catalog_number, ''),
        'scientific_name', nullif(p.scientific_name, ''))),
    'annotations', coalesce(said.list, '[]'::json),
    'predictions', coalesce(predicted.list, '[]'::json))
FROM pictures p
LEFT JOIN LATERAL (
    SELECT json_agg(json_strip_nulls(json_build_object(
        'unique_id', t.id::text,
        'completed_by', CASE WHEN %(names)s THEN json_build_object(
            'email', coalesce(nullif(people.email, ''), people.name)) END,
        'reviewer', people.name,
        'was_cancelled', false,
        'ground_truth', g.id IS NOT NULL,
        'created_at', {_time("created_at")},
        'updated_at', {_time("created_at")},
        'lead_time', round(t.milliseconds / 1000.0, 3)::float8,
        'result', {_result("t.id::text")})) ORDER BY t.created_at, t.id) AS list
    FROM curation_vote t
    JOIN people ON people.person = t.user_id
    JOIN curation_labelclass k ON k.id = t.label_id
    {UNDO.replace(" v.id", " t.id")}
    LEFT JOIN curation_golditem g ON g.candidate_id = t.candidate_id AND g.label_id = t.label_id
        AND g.active AND %(release)s::bigint IS NULL
    WHERE t.candidate_id = p.candidate AND t.kind = 'label' AND undo.id IS NULL AND t.gold_id IS NULL
      AND t.round = p.round AND t.created_at <= %(until)s::timestamptz
) said ON true
LEFT JOIN LATERAL (
    SELECT json_agg(json_build_object(
        'model_version', m.name, 'score', r.confidence,
        'result', {_result("'prediction-' || m.name")}) ORDER BY r.created_at, m.name) AS list
    FROM curation_prediction r
    JOIN curation_modelversion m ON m.id = r.model_id
    JOIN curation_labelclass k ON k.id = r.label_id
    WHERE r.candidate_id = p.candidate AND r.created_at <= %(until)s::timestamptz
) predicted ON true
ORDER BY p.number
"""


class Choice(NamedTuple):
    """hotkey: a letter, or nothing."""

    slug: str
    name: str
    hotkey: str = ""


def tasks(scope: Scope, images: str | None = None) -> Iterator[bytes]:
    """All pictures as one JSON array, a task a line. images: the picture is this + SHA-256 + .jpg (local
    files: "/data/local-files/?d=FOLDER/"); without, it is its address as published, else SHA-256 + .jpg."""
    statement = f"WITH pictures AS ({scope.pictures}), people AS ({PEOPLE}) {TASKS}"
    lines = copied_json(statement, scope.parameters | {"images": images})
    begun = False
    for some in chunks(lines, PIECE):
        yield (b",\n" if begun else b"[\n") + b",\n".join(line.removesuffix(b"\n") for line in some)
        begun = True
    yield b"\n]\n" if begun else b"[]\n"


def choices(project: Project) -> list[Choice]:
    """The classes of a project in their order."""
    return [Choice(label.slug, label.name, label.key.lower()) for label in project.classes.order_by("index")]


def slugs_said(scope: Scope) -> set[str]:
    """Slugs of all classes that votes or predictions of the scope name."""
    statement = f"""
    WITH pictures AS ({scope.pictures})
    SELECT DISTINCT k.slug FROM pictures p JOIN (
        SELECT candidate_id, label_id, created_at FROM curation_vote
        UNION ALL SELECT candidate_id, label_id, created_at FROM curation_prediction
    ) each ON each.candidate_id = p.candidate AND each.created_at <= %(until)s::timestamptz
    JOIN curation_labelclass k ON k.id = each.label_id
    """
    with connection.cursor() as cursor:
        cursor.execute(statement, scope.parameters)
        return {slug for (slug,) in cursor.fetchall()}


def config(of: Iterable[Choice]) -> bytes:
    """The labelling configuration: one picture, one choice. Names are shown, slugs are written."""
    lines = ["<View>", f'  <Image name="{TO_NAME}" value="$image" zoom="true"/>']
    lines.append(f'  <Choices name="{FROM_NAME}" toName="{TO_NAME}" choice="single">')
    for choice in of:
        hotkey = f" hotkey={quoteattr(choice.hotkey)}" if choice.hotkey else ""
        lines.append(f"    <Choice value={quoteattr(choice.name)} alias={quoteattr(choice.slug)}{hotkey}/>")
    lines += ["  </Choices>", "</View>", ""]
    return "\n".join(lines).encode()
