"""Everything that an installation is, in one folder, with proof that it is whole; and back.

    BACKUP/manifest.json       what it is: versions, schema, counts, releases, SHA-256 of files.jsonl
    BACKUP/files.jsonl         one line a file: name, bytes, SHA-256, time of its last change
    BACKUP/database.dump       pg_dump's custom format, of one moment
    BACKUP/files/STORE/…       pictures, exports, models, runs, features, screenings, uploads under way

Not in it: what lies in a bucket (the manifest names it), Redis (jobs are rows of the database) and the
secret key (the manifest holds a fingerprint, so that a restore can say that another one is in use).
"""

from curation.services.backup.check import check
from curation.services.backup.restore import restore
from curation.services.backup.write import backup

__all__ = ["backup", "check", "restore"]
