"""Folders that all machines share: runs, models, features, screenings, uploads.

A folder is named by its store and what it is called there: `runs/first-train-1`. Without a bucket it lies on
the disk of this machine, and everything here is a path there, at no cost. With one:

    work_of(folder)                where a job writes it, on this machine's disk
    checkout(folder)               makes that what all machines know, before a job goes on
    Sender(folder).send()          has all machines know what is there now: objects first, then rows, all of
                                   them in one transaction
    entries(folder)                its files, by what is known
    place(folder, "*.json")        those files to be read, in a cache of this machine
    file(folder, name)             one of them

A folder that no row names is what the disk says, also with a bucket: it was made before there was one
(`manage.py fill_bucket` sends such folders), or nobody has sent it yet.
"""

from curation.services.folders.places import bucket, like, split, work_of
from curation.services.folders.read import checkout, entries, file, hold, holding, is_stored, place, reading
from curation.services.folders.send import Sender, add, leave, remove, rename

__all__ = [
    "Sender", "add", "bucket", "checkout", "entries", "file", "hold", "holding", "is_stored", "leave",
    "like", "place", "reading", "remove", "rename", "split", "work_of",
]  # fmt: skip
