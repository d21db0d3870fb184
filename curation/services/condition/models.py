"""Which models go together with a project on condition."""

from __future__ import annotations

from django.utils.translation import gettext as _

from curation.errors import Refused
from curation.models import ModelVersion, Project
from curation.services.condition.sheets import sound_class
from curation.services.models import folder_of


def check_models(project: Project, *models: ModelVersion) -> None:
    """Their files are whole, and they know the project's sound class. Raises Refused."""
    sound = sound_class(project)
    for model in models:
        if sound not in model.classes:
            raise Refused(
                _("%(model)s does not know the sound class %(sound)s; it tells %(classes)s apart.")
                % {"model": model, "sound": sound, "classes": ", ".join(model.classes)}
            )
        folder_of(model)


def check_tiles(model: ModelVersion) -> None:
    """Raises Refused for what is no model of tiles."""
    if model.kind != ModelVersion.Kind.TILES:
        raise Refused(_("%(model)s is no model of tiles.") % {"model": model})
