"""Parts of an archive, read and checksummed by the processes of `crew`.

Imports neither Django nor TensorFlow.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from typing import NamedTuple

from curation.services.exports.crew_files import LOST, content
from curation.services.exports.stored_zip import Stored, stored


class Task(NamedTuple):
    """name: in the archive. picture: the path of a file, or its bytes."""

    name: str
    picture: str | bytes


class Part(NamedTuple):
    """Files with their headers one behind the other (StoredZip.extend), and the SHA-256 of each.

    fault: what is wrong with the task behind the last one that is here, where something is: LOST or words.
    """

    files: list[Stored]
    data: bytes
    sums: list[str]
    fault: str = ""


def part(tasks: Sequence[Task]) -> Part:
    files: list[Stored] = []
    pieces: list[bytes] = []
    sums: list[str] = []
    fault = ""
    for task in tasks:
        try:
            picture = content(task.picture)
        except FileNotFoundError:
            fault = LOST
            break
        except OSError as error:
            fault = str(error)
            break
        file, header = stored(task.name, picture)
        files.append(file)
        pieces += header, picture
        sums.append(hashlib.sha256(picture).hexdigest())
    return Part(files, b"".join(pieces), sums, fault)
