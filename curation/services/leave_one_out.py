"""Leave one source out: for each source a release whose test split is all there is of it."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from curation.models import Project, Release
from curation.services.freeze import freeze
from curation.services.freeze_options import LONGEST_NAME, checked_options, free_name, usual_name
from curation.services.release_scope import Scope, sources_of
from curation.services.supply import Shortage


@dataclass(frozen=True)
class Source:
    """How it went with one source. Neither a release nor a shortage: it has no accepted picture."""

    code: str
    release: Release | None = None
    shortage: Shortage | None = None


def one_out(
    project: Project,
    *,
    stem: str | None = None,
    only_sources: Iterable[str] = (),
    survey_sources: Iterable[str] = (),
    **options: Any,
) -> Iterator[Source]:
    """Freeze without one source after the other, in the order of their codes, each in its own transaction.

    stem: what the names begin with, else they are made as usual; -without-CODE follows. options: the others
    of `freeze`. Sources of the survey are not left out in turn. A shortage without one source is handed on,
    and the others go on. Raises Refused.
    """
    only, survey = list(only_sources), set(survey_sources)
    asked = checked_options(project, only_sources=only, survey_sources=survey, **{**options, "test": 0})
    beginning = stem or usual_name(project, asked.target, asked.seed)
    for code, accepted in held_out(project, asked.scope).items():
        if not accepted:
            yield Source(code)
            continue
        name = name_without(beginning, code)
        try:
            release = freeze(
                project,
                name=name if stem else free_name(name),
                only_sources=only,
                survey_sources=survey,
                test_sources=[code],
                **options,
            )
        except Shortage as shortage:
            yield Source(code, shortage=shortage)
        else:
            yield Source(code, release)


def held_out(project: Project, scope: Scope) -> dict[str, bool]:
    """The sources that are left out in turn, and whether each has an accepted picture."""
    return {
        code: bool(accepted)
        for code, accepted in sources_of(project, scope.only_licences).items()
        if code not in scope.survey_sources and (not scope.only_sources or code in scope.only_sources)
    }


def name_without(stem: str, code: str) -> str:
    """stem-without-CODE, cut to what a name may have; what no name may have becomes a hyphen."""
    behind = "-without-" + re.sub("[^A-Za-z0-9_-]", "-", code)
    return stem[: LONGEST_NAME - 6 - len(behind)] + behind
