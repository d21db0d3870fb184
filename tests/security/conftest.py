from __future__ import annotations

from typing import Any

import pytest

from tests.curation.condition.conftest import make_sheets
from tests.curation.conftest import as_role, english_again, plain_static_files
from tests.curation.preclassify.conftest import tiny
from tests.curation.representation.conftest import make_planted, planted
from tests.curation.representation.test_near import alike, lead
from tests.curation.representation.test_outliers import strays
from tests.curation.runs.conftest import drawn, garden, make_garden, make_run, release

__all__ = ["as_role", "english_again", "plain_static_files"]
# The scenes of test_acts.py.
__all__ += ["alike", "drawn", "garden", "lead", "make_garden", "make_planted", "make_run", "make_sheets"]
__all__ += ["planted", "release", "strays", "tiny"]


@pytest.fixture(autouse=True)
def quick_hasher(settings: Any) -> None:
    """What is tested here is not the hash, which takes its time on purpose."""
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
