"""The rows of a release that is brought back, in the caller's transaction: all of them, or none."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from typing import Any

from django.core.exceptions import ValidationError
from django.db import connection
from django.utils import timezone
from django.utils.translation import gettext as _

from curation.errors import Refused
from curation.licensing import identifiers
from curation.models import (
    Batch,
    BatchProblem,
    Candidate,
    Decision,
    Image,
    LabelClass,
    Licence,
    Project,
    Release,
    ReleaseMember,
    Source,
    User,
)
from curation.services import audit, manifest
from curation.services.dedupe import group_images, lock_groups
from curation.services.exports.pictures import chunks
from curation.services.licences import licence_row
from curation.services.release_import.delivery import Delivery
from curation.services.release_import.pictures import Measure, known_images
from curation.services.release_import.project import project_of
from curation.services.sources import read_published, source_for

AT_ONCE = 2_000
# Of an original that is not here: a name that no page takes for something a browser can show.
NO_FILE = "none"
# Fields of Image that the manifest gives by the same name.
RECORD = (
    "rights_holder", "access_uri", "further_information_url", "occurrence_id", "catalog_number",
    "scientific_name", "original_name",
)  # fmt: skip
DECIDE = """
WITH made AS (
    INSERT INTO curation_decision (candidate_id, label_id, rule, reason, created_at)
    SELECT candidate, label, %s, %s, %s FROM unnest(%s::bigint[], %s::bigint[]) AS new (candidate, label)
    RETURNING id, candidate_id, label_id
)
UPDATE curation_candidate SET state = 'decided', label_id = made.label_id, decision_id = made.id
FROM made WHERE curation_candidate.id = made.candidate_id
"""


def write_rows(delivery: Delivery, measures: Mapping[str, Measure], created_by: User | None) -> Release:
    """Project, sources, licences, images, decided candidates, and the release with its members.

    Raises Refused where they contradict what is here, or the release would not be the same.
    """
    lock_groups()  # as whoever freezes or groups: before any picture
    project, labels = project_of(delivery)
    batch = Batch.objects.create(
        kind=Batch.Kind.RELEASE,
        origin=f"Release {delivery.name}",
        project=project,
        created_by=created_by,
    )
    known = _known(delivery, batch)
    images = known | _images(delivery, measures, batch, known)
    _candidates(delivery, project, labels, images)
    group_images(list(batch.images.only("pk")))
    release = _release(delivery, project, images, created_by)
    batch.added = len(images) - len(known)
    batch.duplicates = len(known)
    batch.seen = len(images)
    batch.state, batch.finished_at = Batch.State.DONE, timezone.now()
    batch.save()
    audit.record(
        created_by,
        "release.import",
        release,
        project,
        manifest_sha256=release.manifest_sha256,
        pictures=len(images),
        already_here=len(known),
    )
    return release


def _known(delivery: Delivery, batch: Batch) -> dict[str, int]:
    """SHA-256 -> id of the images that are here already; the batch's report names each."""
    found: dict[str, int] = {}
    for some in chunks(known_images(delivery), AT_ONCE):
        BatchProblem.objects.bulk_create(
            BatchProblem(
                batch=batch,
                kind=BatchProblem.Kind.DUPLICATE,
                file=f"{image.sha256}.jpg",
                rule="duplicate",
                message=f"{image.sha256} is here already (batch {image.batch_id}); it stays as it is.",
                twin=image,
            )
            for image in some
        )
        found |= {image.sha256: image.pk for image in some}
    return found


def _images(
    delivery: Delivery, measures: Mapping[str, Measure], batch: Batch, known: Mapping[str, int]
) -> dict[str, int]:
    """SHA-256 -> id of the images made here.

    Those of one leak group become one settled group: why they hang together (a specimen, a parent, pixels of
    the originals) cannot be seen any more, and it must not be forgotten.
    """
    sources = _sources(delivery)
    licences = _licences(delivery)
    sizes = Counter(row.leak_group for row in delivery.rows.values())
    names: dict[str, str] = {}
    for row in delivery.rows.values():
        names.setdefault(row.leak_group, row.sha256)  # the lowest, as rows are in their order
    made: dict[str, int] = {}
    for some in chunks((row for sha256, row in delivery.rows.items() if sha256 not in known), AT_ONCE):
        images = Image.objects.bulk_create(
            Image(
                sha256=row.sha256,
                format="JPEG",
                extension=NO_FILE,
                source=sources[row.source],
                licence=licences[row.licence],
                batch=batch,
                group=names[row.leak_group],
                group_settled=sizes[row.leak_group] > 1,
                **measures[row.sha256]._asdict(),
                **{name: getattr(row, name) for name in RECORD},
            )
            for row in some
        )
        made |= {image.sha256: image.pk for image in images}
    return made


def _sources(delivery: Delivery) -> dict[str, Source]:
    """The source of each code. Raises Refused where drawn pictures would mix with those of real things."""
    published = {source.code: source for source in read_published()}
    found: dict[str, Source] = {}
    for code, kind in sorted({(row.source, row.source_kind) for row in delivery.rows.values()}):
        here = Source.objects.filter(code=code).first()
        if here is None and code in published and published[code].kind == kind:
            here = published[code]
            here.save()
        found[code] = here or source_for(code, kind=kind)
        if Source.Kind.SYNTHETIC in {kind, found[code].kind} and found[code].kind != kind:
            raise Refused(
                _("Source %(code)s is of the kind %(here)s here; the release says %(there)s.")
                % {"code": code, "here": found[code].kind, "there": kind}
            )
    return found


def _licences(delivery: Delivery) -> dict[str, Licence]:
    found = {}
    for identifier in sorted({row.licence for row in delivery.rows.values()}):
        known = identifiers.parted(identifier)
        assert known is not None  # verify refuses every other
        found[identifier] = licence_row(*known)
    return found


def _candidates(
    delivery: Delivery, project: Project, labels: Mapping[str, LabelClass], images: Mapping[str, int]
) -> None:
    """Pictures that are no candidates of the project yet become some, decided as the release says.

    The release knows nothing of votes: its decisions have none, and were made when it was frozen at the
    latest.
    """
    here = set(Candidate.objects.filter(project=project).values_list("image_id", flat=True))
    reason = f"Release {delivery.name}"
    rows = (row for row in delivery.rows.values() if images[row.sha256] not in here)
    for some in chunks(rows, AT_ONCE):
        made = Candidate.objects.bulk_create(
            Candidate(project=project, image_id=images[row.sha256]) for row in some
        )
        ids, of = [one.pk for one in made], [labels[row.category].pk for row in some]
        with connection.cursor() as cursor:
            cursor.execute(DECIDE, [Decision.Rule.IMPORTED, reason, delivery.frozen_at, ids, of])


def _release(
    delivery: Delivery, project: Project, images: Mapping[str, int], created_by: User | None
) -> Release:
    described = delivery.described
    fields: dict[str, Any] = {name: described.get(name) for name in ("seed", "balance")}
    fields |= {name: described["counts"].get(name) for name in ("train", "test", "validate")}
    fields |= {name: described.get(name, []) for name in manifest.SCOPE}
    release = Release(
        name=delivery.name,
        project=project,
        software=str(delivery.facts.get("frozen_by")),
        created_by=created_by,
        **fields,
    )
    try:
        release.full_clean(validate_unique=False, validate_constraints=False)
    except ValidationError as error:
        reasons = "; ".join(f"{name}: {' '.join(texts)}" for name, texts in error.message_dict.items())
        raise Refused(
            _("Release %(name)r: %(reasons)s") % {"name": delivery.name, "reasons": reasons}
        ) from error
    release.save()
    # Before the manifest's hash: from then on a release refuses every change.
    Release.objects.filter(pk=release.pk).update(created_at=delivery.frozen_at)
    release.refresh_from_db()
    for some in chunks(delivery.rows.values(), AT_ONCE):
        ReleaseMember.objects.bulk_create(
            ReleaseMember(release=release, image_id=images[row.sha256], **row._asdict()) for row in some
        )
    found = manifest.sha256_of_lines(manifest.stored_lines(release))
    if found != delivery.manifest_sha256:
        raise Refused(
            _("Release %(name)r: its manifest would have the SHA-256 %(found)s, not %(wanted)s.")
            % {"name": delivery.name, "found": found, "wanted": delivery.manifest_sha256}
        )
    release.manifest_sha256 = found
    release.save(update_fields=["manifest_sha256"])
    return release
