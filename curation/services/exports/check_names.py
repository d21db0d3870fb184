"""Check the names of an export's files: each is one that its format has.

Checksums that were made anew name a file that somebody has put in as well as all the others.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from fnmatch import fnmatchcase

from curation.services.exports import tables
from curation.services.exports.check_tables import Finds, Form
from curation.services.exports.content import MANIFEST_FILE, RELEASE_FILE
from curation.services.exports.folder import CHECKSUMS_FILE

ALWAYS = (MANIFEST_FILE, RELEASE_FILE, CHECKSUMS_FILE)


def check_names(names: Collection[str], form: Form, report: Finds) -> None:
    """Fault for each file that is neither a table of `form`, nor its README, nor one of its others."""
    if form.others is None:
        return
    known = {*ALWAYS, form.readme, *form.columns}
    if form.columns:
        known.add(tables.PACKAGE_FILE)
    patterns = [pattern.split("/") for pattern in form.others]
    for name in sorted(names):
        if name not in known and not any(_matches(name.split("/"), pattern) for pattern in patterns):
            report.fault(name, "does not belong here: the format has no such file")


def _matches(name: Sequence[str], pattern: Sequence[str]) -> bool:
    """Part by part: a star stands for letters of one name, not for folders."""
    return len(name) == len(pattern) and all(map(fnmatchcase, name, pattern))
