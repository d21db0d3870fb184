"""The formats that a release can be written in: which module writes each, and which checks it.

A module that writes has `write(content, output, progress, **options)`, which gives the list of files. One
that checks has `FORM` and `check(directory, facts, labels, report, progress)`. Both are imported when they
are needed: some bring TensorFlow along.
"""

from __future__ import annotations

from dataclasses import dataclass
from importlib import import_module
from typing import Any

from django.utils.translation import gettext as _

from curation.errors import Refused
from curation.models import Export

HERE = "curation.services.exports"
SHARD_PICTURES = 200_000  # in a file of training records: one a split up to the size of the published set


@dataclass(frozen=True)
class Format:
    """writer, checker: names of modules in this package. options: what `write` can be told."""

    writer: str
    checker: str
    options: tuple[str, ...] = ()

    @property
    def write(self) -> Any:
        return import_module(f"{HERE}.{self.writer}").write

    @property
    def checks(self) -> Any:
        return import_module(f"{HERE}.{self.checker}")


FORMATS: dict[str, Format] = {
    Export.Format.DRYAD: Format("dryad", "check_dryad"),
    Export.Format.TFRECORD: Format("tfrecord", "check_tfrecord", ("shard_pictures",)),
    Export.Format.CROISSANT: Format("croissant", "check_croissant"),
    Export.Format.IMAGEFOLDER: Format("imagefolder", "check_imagefolder"),
    Export.Format.DATACITE: Format("datacite", "check_datacite"),
    Export.Format.DWCA_AUDUBON: Format("dwca_audubon", "check_dwca_audubon"),
    Export.Format.LABELS: Format("labels", "check_labels", ("form",)),
    Export.Format.LABEL_STUDIO: Format("label_studio", "check_label_studio", ("images",)),
}


def format_named(name: str) -> Format:
    """Raises Refused for a format that there is not."""
    try:
        return FORMATS[name]
    except KeyError:
        raise Refused(
            _("Format %(format)r: expected one of %(values)s.")
            % {"format": name, "values": ", ".join(FORMATS)}
        ) from None
