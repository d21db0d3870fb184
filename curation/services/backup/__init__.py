"""Everything that an installation is, in one folder, with proof that it is whole; and back.

    BACKUP/manifest.json       what it is: versions, schema, counts, releases, SHA-256 of files.jsonl
    BACKUP/files.jsonl         one line a file: name, bytes, SHA-256, time of its last change
    BACKUP/database.dump       pg_dump's custom format, of one moment
    BACKUP/files/STORE/…       pictures, exports, models, runs, features, screenings, uploads under way

It is the same wherever the files lie, and may be restored into folders or into a bucket. Not in it: Redis
(jobs are rows of the database), the secret key (the manifest holds a fingerprint, so that a restore can say
that another one is in use), and, where that is asked for, pictures and exports of a bucket (the manifest
names it).
"""

from curation.services.backup.check import check
from curation.services.backup.restore import restore
from curation.services.backup.write import backup

__all__ = ["backup", "check", "restore"]
