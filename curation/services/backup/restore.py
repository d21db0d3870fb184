"""Put a backup into an empty database and empty folders or bucket, and prove that it is what it was."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

from django.core.management import call_command
from django.db import connection
from django.db.migrations.loader import MigrationLoader

from curation.errors import Refused
from curation.services import audit
from curation.services.backup import dump, facts
from curation.services.backup.check import check
from curation.services.backup.places import DUMP, in_bucket, key_fingerprint
from curation.services.backup.targets import keep_rows, targets
from curation.services.progress import Progress

THREADS = 4


def restore(folder: Path, progress: Progress) -> tuple[dict[str, Any], list[str]]:
    """Restore the backup in `folder`; returns its manifest and what the admin should know.

    Everything that can refuse is asked before anything is written: the backup is whole, its schema is known
    here, the database has no table, no file of another content is in the way. The files come first, then the
    database in one transaction, so that one that was stopped is simply started again. Then the schema is
    brought up to date, and rows and release manifests are compared with what the backup says.
    """
    progress.log("Checking the backup")
    manifest, faults = check(folder, progress)
    if faults:
        raise Refused(f"{folder} is damaged and was not restored. " + "; ".join(faults))
    _check_schema(manifest)
    if there := facts.tables():
        raise Refused(
            f"The database has {len(there)} tables already ({', '.join(there[:3])} …): a backup goes into an "
            "empty one only. Make a new database and name it in DATABASE_URL, or for the embedded one a new "
            "folder in VASCULUM_VAR."
        )
    places = list(targets(folder))
    progress.log("Copying files")
    progress.begin(len(places), 0, "files")
    rows = []
    with ThreadPoolExecutor(THREADS) as pool:
        for row in pool.map(lambda one: one.put(folder), places):
            rows += [row] if row is not None else []
            progress.advance(1)
    progress.log("Filling the database")
    connection.close()
    dump.load(folder / DUMP)
    _compare(manifest)
    progress.log("Bringing the schema up to date")
    call_command("migrate", interactive=False, verbosity=0)
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")
    keep_rows(rows)
    audit.record(None, "site.restore", folder.name, made_at=manifest["made_at"], files=len(places))
    return manifest, _notes(manifest)


def _check_schema(manifest: dict[str, Any]) -> None:
    known = {f"{app}.{name}" for app, name in MigrationLoader(None).disk_migrations}
    has = {f"{app}.{name}" for app, names in manifest["schema"].items() for name in names}
    if unknown := sorted(has - known):
        raise Refused(
            f"The backup is of a newer version ({manifest['software']}): this one does not know "
            f"{unknown[-1]}. Restore with that version or a newer one."
        )


def _compare(manifest: dict[str, Any]) -> None:
    rows = facts.counts()
    wrong = [
        f"{name}: {rows.get(name, 0):,} rows instead of {count:,}"
        for name, count in manifest["rows"].items()
        if rows.get(name) != count
    ]
    if facts.schema() != manifest["schema"]:
        wrong.append("django_migrations: not those of the backup")
    if wrong:
        raise Refused("The restored database is not what was backed up. " + "; ".join(wrong))


def _notes(manifest: dict[str, Any]) -> list[str]:
    anew = facts.manifests_anew()
    if broken := [name for name, sha256 in manifest["releases"].items() if anew.get(name) != sha256]:
        raise Refused(f"The manifest of release {broken[0]} is not the one it had; do not use this database.")
    notes = [f"{len(anew):,} releases have the manifest they had."]
    if manifest["secret_key"] != key_fingerprint():
        notes.append(
            "The secret key is another one: everybody signs in anew, and webhooks are signed with new keys. "
            "To keep the old ones, set VASCULUM_SECRET_KEY to the key of then."
        )
    if manifest["bucket"]:
        notes.append(f"Pictures and exports are not in this backup but in the bucket {manifest['bucket']}.")
        if manifest["bucket"] != in_bucket():
            notes.append(f"Here they are looked for in {in_bucket() or 'folders'}: bring them there.")
    return notes
