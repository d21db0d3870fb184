"""Write a release out: into a folder of one's own (command line) or as a job (pages)."""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterable, Mapping
from contextlib import nullcontext
from pathlib import Path
from typing import Any

from django.conf import settings
from django.db import transaction
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import override

from curation import __version__
from curation.errors import Refused
from curation.models import Export, Job, Release, User
from curation.services import audit
from curation.services.exports.content import (
    RELEASE_FILE,
    Content,
    check_gate,
    content_of,
    licence_counts,
    resolve_licences,
)
from curation.services.exports.folder import CHECKSUMS_FILE, ExportFile, listed, read_checksums
from curation.services.exports.formats import format_named
from curation.services.exports.output import output
from curation.services.exports.upload import bucket, downloaded, upload
from curation.services.jobs import create_job
from curation.services.progress import NullProgress, Progress
from curation.services.verify import Report, verify

WRITE, VERIFY = "write", "verify"


@transaction.atomic
def request_export(
    release: Release,
    format: str,
    *,
    licences: Iterable[str] = (),
    acknowledged: bool = False,
    options: Mapping[str, Any] | None = None,
    created_by: User | None = None,
) -> Export:
    """An export and the job that writes it. options: those that are of another format, or empty, are left
    out. Raises LicenceGate where its licences bar the way."""
    writer = format_named(format)
    given = {name: value for name, value in (options or {}).items() if name in writer.options and value}
    counts = licence_counts(release)
    chosen = resolve_licences(counts, licences)
    check_gate(format, counts, chosen, acknowledged)
    export = Export.objects.create(
        release=release,
        format=format,
        licences=list(chosen),
        acknowledged_licences=acknowledged,
        options=given,
        created_by=created_by,
    )
    export.job = create_job(
        Job.Kind.EXPORT,
        f"Export {release} as {export.get_format_display()}",
        params={"export": export.pk, "do": WRITE, "options": given},
        total=sum(n for code, n in counts.items() if not chosen or code in chosen),
        created_by=created_by,
    )
    export.save(update_fields=["job"])
    audit.record(
        created_by,
        "release.export",
        release,
        release.project,
        export=export.pk,
        format=format,
        licences=list(chosen),
        acknowledged_licences=acknowledged,
        options=given,
    )
    return export


@transaction.atomic
def request_verify(export: Export, created_by: User | None = None) -> Job:
    """A job that checks a finished export again."""
    if export.finished_at is None:
        raise Refused(
            _("Export %(pk)s is not finished, so there is nothing to verify yet.") % {"pk": export.pk}
        )
    return create_job(
        Job.Kind.EXPORT,
        f"Verify {export.release} as {export.get_format_display()}",
        params={"export": export.pk, "do": VERIFY},
        created_by=created_by,
    )


def run(job: Job, progress: Progress) -> dict[str, Any]:
    """The job's work: write the export and verify it, or verify it again. Goes on where it was stopped."""
    export = Export.objects.select_related("release__project").get(pk=job.params["export"])
    progress.result_url = reverse("export", args=[export.pk])
    if job.params["do"] == VERIFY:
        return _verified(export, progress)
    folder, there = export_folder(export), bucket()
    files = _written(folder) if there else None
    if files is None:
        files = write_export(
            export.release,
            export.format,
            folder,
            licences=export.licences,
            acknowledged=export.acknowledged_licences,
            options=export.options,
            progress=progress,
        )
    export.folder = str(folder.relative_to(settings.EXPORTS_DIR))
    export.files = files
    if there:
        upload(there, folder, export.folder, files, progress)
    export.finished_at = timezone.now()
    export.save(update_fields=["folder", "files", "finished_at"])
    if there:
        shutil.rmtree(folder, ignore_errors=True)  # what counts from here on is what the storage holds
    return _verified(export, progress)


def _written(folder: Path) -> list[ExportFile] | None:
    """The files of an export that an earlier run of this version has written and could not send; else None.

    The folder appeared whole, and is read whole here to see whether it still is what it was.
    """
    try:
        facts = json.loads((folder / RELEASE_FILE).read_bytes())
        written = read_checksums((folder / CHECKSUMS_FILE).read_text())
        if facts["written_by"] != f"vasculum {__version__}":
            return None
        files = listed(folder)
    except (OSError, ValueError, LookupError, TypeError):
        return None
    found = {file["name"]: file["sha256"] for file in files if file["name"] != CHECKSUMS_FILE}
    return files if found == written else None


def export_folder(export: Export) -> Path:
    return Path(settings.EXPORTS_DIR) / export.release.name / f"{export.format}-{export.pk}"


def _verified(export: Export, progress: Progress) -> dict[str, Any]:
    progress.log("Verifying every file, picture, label, licence and split.")
    there = bucket()
    with downloaded(there, export.folder) if there else nullcontext(export_folder(export)) as folder:
        report = verify(folder, manifest_sha256=export.release.manifest_sha256, progress=progress)
    for fault in report.faults:
        progress.log(str(fault))
    progress.log(report.summary())
    return {"export": export.pk, "files": len(export.files), "verified": report.as_dict()}


def write_export(
    release: Release,
    format: str,
    out_dir: Path,
    *,
    licences: Iterable[str] = (),
    acknowledged: bool = False,
    progress: Progress | None = None,
    options: Mapping[str, Any] | None = None,
) -> list[ExportFile]:
    """Write a release into `out_dir`, which appears whole or not at all; the list of its files.

    The same release, format, licences and options give the same bytes, also where an earlier run was
    interrupted: what that has finished is not written again. Such an export in `out_dir` is replaced;
    anything else there is refused. Raises LicenceGate where the licences bar the way.
    """
    writer = format_named(format)
    given = {name: value for name, value in (options or {}).items() if name in writer.options}
    progress = progress or NullProgress()
    content = content_of(release, format, licences, acknowledged)
    check_folder(out_dir, content)
    progress.begin(content.pictures)
    # Files are in English, whoever asks for them.
    with override("en"), output(out_dir, content.facts(options=given)) as place:
        files: list[ExportFile] = writer.write(content, place, progress, **given)
        progress.check()
    return files


def check_folder(out_dir: Path, content: Content) -> None:
    """Refuse a folder that holds anything but the same export."""
    if out_dir.is_symlink() or (out_dir.exists() and not out_dir.is_dir()):
        raise Refused(_("%(out_dir)s is not a folder. Name a new or an empty one.") % {"out_dir": out_dir})
    if not out_dir.exists() or not any(out_dir.iterdir()):
        return
    try:
        there = json.loads((out_dir / RELEASE_FILE).read_bytes())
    except (OSError, ValueError):
        there = {}
    facts = content.facts()
    same = ("release", "format", "manifest_sha256", "licences")
    if not isinstance(there, dict) or any(there.get(key) != facts[key] for key in same):
        raise Refused(
            _("%(out_dir)s is not empty and holds something else. Name a new or an empty folder.")
            % {"out_dir": out_dir}
        )


__all__ = ["Report", "export_folder", "request_export", "request_verify", "run", "write_export"]
