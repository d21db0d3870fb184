"""The keys of the review page, as they are for one person in one project."""

from __future__ import annotations

from typing import Any

from curation.models import Project, ProjectKind, User
from curation.services.keys import COMMANDS, keys_for, shown

# Arrows and Escape need no line in the list of keys.
UNSHOWN = {"left", "right", "up", "down", "escape"}


def keyboard(user: User, project: Project) -> dict[str, Any]:
    """keys: command -> its keys. caps: command -> its first key cap. rows: key caps and what they do.

    Keys of the grid, which would take some of them away, are left out. One query.
    """
    sheets = project.kind == ProjectKind.CONDITION
    here = {c.name for c in COMMANDS if c.scope != "grid" and (sheets or not c.condition)}
    keys = {name: signs for name, signs in keys_for(user, project).items() if name in here}
    wanted = [c for c in COMMANDS if c.name not in UNSHOWN and keys.get(c.name)]
    return {
        "keys": keys,
        "caps": {name: shown(signs[0]) for name, signs in keys.items() if signs},
        "rows": [[[shown(key) for key in keys[c.name]], str(c.label)] for c in wanted],
    }
