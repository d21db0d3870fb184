"""Ask for an evaluation of a model of tiles beside one of whole sheets."""

from __future__ import annotations

from django.db import transaction
from django.utils.translation import gettext as _

from curation.errors import Refused
from curation.models import ModelVersion, Release, Run, User
from curation.services.condition.models import check_models, check_tiles
from curation.services.condition.sheets import SPLITS
from curation.services.models import needs_classifier
from curation.services.runs.request import start_run


@transaction.atomic
def request_condition_evaluation(
    tiles: ModelVersion, whole: ModelVersion, release: Release, split: str, user: User | None = None
) -> Run:
    """The run that measures both on a split of a release. Each is a look. Raises Refused."""
    check_tiles(tiles)
    needs_classifier(whole)
    check_models(release.project, tiles, whole)
    if split not in SPLITS or not release.members.filter(split=split).exists():
        raise Refused(
            _("Release %(release)s has no pictures in the split %(split)s.")
            % {"release": release, "split": split}
        )
    config = {"split": split, "sheet_model": whole.name}
    return start_run(release.project, release, Run.Kind.EVALUATE, config, user, started_from=tiles)
