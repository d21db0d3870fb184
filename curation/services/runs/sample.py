"""Which pictures of a release an encoder may learn from, as the training of encoders reads it.

Those of the split `train` and no others, so that nothing that test or validate hold is learnt.
"""

from __future__ import annotations

from pathlib import Path

from django.conf import settings
from django.utils.translation import gettext as _

from curation.errors import Refused
from curation.models import Release, Split
from training.representation.catalogue import read_release
from training.representation.sample import SETS, Sample


def ready_sample(release: Release, pictures: Path) -> Path:
    """The folder of the sample, written anew; the same release gives the same bytes.

    pictures: an `imagefolder` export of the release. Raises DataError where that cannot be read, Refused
    where it has not every training picture.
    """
    catalogue = read_release(pictures)
    train = sorted(release.members.filter(split=Split.TRAIN).values_list("sha256", flat=True))
    missing = next((id for id in train if id not in catalogue), None)
    if missing:
        raise Refused(
            _("%(folder)s must hold every training picture of %(release)s, it has no %(id)s.")
            % {"folder": pictures, "release": release, "id": missing}
        )
    sets = {name: tuple(train) if name == "train" else () for name in SETS}
    facts = {
        "seed": release.seed,
        "release": release.name,
        "manifest_sha256": release.manifest_sha256,
        "catalogue_sha256": catalogue.sha256,
        "read": len(catalogue),
        "notes": list(catalogue.notes),
        "sets": {name: {"pictures": len(ids)} for name, ids in sets.items()},
    }
    folder = Path(settings.RUNS_DATA_DIR) / f"{release.name}-sample"
    Sample(sets, facts).write(folder)
    return folder
