"""What a release may be made of, and which sources are kept out of its balance.

only_sources, only_licences   narrow the pool; nothing else of the project enters
test_sources                  all that is accepted of them is the test split, in its natural numbers
survey_sources                all that is accepted of them is the split `survey`; test stays balanced
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import asdict, dataclass

from django.db.models import Count, Q
from django.utils.translation import gettext as _

from curation.errors import Refused
from curation.models import Candidate, Licence, Project, Split


@dataclass(frozen=True)
class Scope:
    """Codes of sources and identifiers of licences, each list sorted and without repetition; empty: all."""

    only_sources: tuple[str, ...] = ()
    only_licences: tuple[str, ...] = ()
    test_sources: tuple[str, ...] = ()
    survey_sources: tuple[str, ...] = ()

    @property
    def held(self) -> dict[str, str]:
        """Code of a held-out source -> the split that takes all there is of it; test before survey."""
        return dict.fromkeys(self.test_sources, Split.TEST.value) | dict.fromkeys(
            self.survey_sources, Split.SURVEY.value
        )

    def lists(self) -> dict[str, list[str]]:
        """Those that are not empty, by the names they have in releases, manifests and release.json."""
        return {name: list(codes) for name, codes in asdict(self).items() if codes}


def checked_scope(
    project: Project,
    *,
    only_sources: Iterable[str] = (),
    only_licences: Iterable[str] = (),
    test_sources: Iterable[str] = (),
    survey_sources: Iterable[str] = (),
) -> Scope:
    """A scope of things that the project has. Raises Refused for any other, and for contradictions."""
    licences = _licences(project, _tidied(only_licences))
    given = [_tidied(codes) for codes in (only_sources, test_sources, survey_sources)]
    known = sources_of(project, licences) if any(given) else {}
    for code in (code for codes in given for code in codes):
        if code not in known:
            raise Refused(
                _("Source %(code)r: project %(key)s has no pictures of such a source. There are: %(known)s.")
                % {"code": code, "key": project.key, "known": ", ".join(known) or "-"}
            )
    only, test, survey = given
    for code in (*test, *survey):
        if code in test and code in survey:
            raise Refused(
                _("Source %(code)r cannot be both the test and the survey. Name it once.") % {"code": code}
            )
        if only and code not in only:
            raise Refused(
                _("Source %(code)r is held out, but not among the sources chosen: %(only)s. Add it to them.")
                % {"code": code, "only": ", ".join(only)}
            )
        if not known[code]:
            raise Refused(
                _("Source %(code)r has no decided picture under a licence of this release to hold out.")
                % {"code": code}
            )
    return Scope(only, licences, test, survey)


def allowed_licences(project: Project, identifiers: Collection[str] = ()) -> set[int]:
    """Ids of the licences that the project accepts, of all or of these only."""
    accepted = Licence.objects.filter(code__in=project.licences_accepted)
    return {each.pk for each in accepted if not identifiers or each.identifier in identifiers}


def sources_of(project: Project, licences: Collection[str] = ()) -> dict[str, int]:
    """Code of each source of the project's candidates -> how many of its pictures are decided and allowed.

    licences: identifiers; only pictures under these, if any. Two queries.
    """
    accepted = Q(state=Candidate.State.DECIDED, image__licence_id__in=allowed_licences(project, licences))
    rows = (
        Candidate.objects.filter(project=project)
        .order_by()
        .values_list("image__source__code")
        .annotate(n=Count("id", filter=accepted))
    )
    return dict(sorted(rows))


def _tidied(codes: Iterable[str]) -> tuple[str, ...]:
    return tuple(sorted({code.strip() for code in codes if code.strip()}))


def _licences(project: Project, words: Iterable[str]) -> tuple[str, ...]:
    """Identifiers that the words mean: CC0-1.0 is itself, CC-BY every version of CC-BY that is there.

    Only those that a decided picture carries, so that the same pictures give the same list in any database.
    """
    if not words:
        return ()
    decided = Licence.objects.filter(
        images__candidates__project=project, images__candidates__state=Candidate.State.DECIDED
    ).distinct()
    there = {each.identifier for each in decided if each.code in project.licences_accepted}
    found: set[str] = set()
    for word in words:
        meant = [each for each in Licence.objects.all() if word.upper() in _names(each)]
        if meant and not any(each.code in project.licences_accepted for each in meant):
            raise Refused(
                _("Licence %(word)r is not accepted by project %(key)s. It accepts: %(accepted)s.")
                % {"word": word, "key": project.key, "accepted": ", ".join(project.licences_accepted)}
            )
        carried = {each.identifier for each in meant} & there
        if not carried:
            raise Refused(
                _("Licence %(word)r: no decided picture of project %(key)s carries it. There are: %(there)s.")
                % {"word": word, "key": project.key, "there": ", ".join(sorted(there)) or "-"}
            )
        found |= carried
    return tuple(sorted(found))


def _names(licence: Licence) -> set[str]:
    return {licence.identifier.upper(), licence.code.upper()}
