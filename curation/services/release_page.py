"""Write the public page of a release, open it to everyone and close it again. Each is audited."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping

from django.db import transaction
from django.utils.translation import gettext as _

from curation.errors import Refused
from curation.models import Release, ReleasePage, User
from curation.services import audit
from curation.services.manifest import clean

WORDS = ("title", "summary", "creators", "publisher", "doi")
MOST_CREATORS = 200
LONGEST = {"title": 300, "summary": 5_000, "creator": 200, "publisher": 200, "doi": 200}
# As DataCite asks for it; the prefix before it is how people write it down.
_DOI = re.compile(r"10\.\d{4,9}/\S+")
_BEFORE_DOI = re.compile(r"^(https?://(dx\.)?doi\.org/|doi:\s*)", re.IGNORECASE)
_BLANK_LINES = re.compile(r"\n{3,}")


@transaction.atomic
def save_page(
    actor: User,
    release: Release,
    *,
    title: str = "",
    summary: str = "",
    creators: Iterable[str] = (),
    publisher: str = "",
    doi: str = "",
) -> ReleasePage:
    """Store what the page says; whether it is open stays as it is. Raises Refused with the field."""
    words = {
        "title": clean(title),
        "summary": _paragraphs(summary),
        "creators": [name for name in map(clean, creators) if name],
        "publisher": clean(publisher),
        "doi": bare_doi(doi),
    }
    _check(words)
    page = _locked(release)
    before = {name: getattr(page, name) for name in WORDS}
    changed = [name for name in WORDS if before[name] != words[name]]
    if not changed and page.pk:
        return page
    for name, value in words.items():
        setattr(page, name, value)
    page.updated_by = actor
    page.save()
    audit.record(
        actor,
        "release.page",
        release,
        release.project,
        before={name: before[name] for name in changed},
        after={name: words[name] for name in changed},
    )
    return page


@transaction.atomic
def set_public(actor: User, release: Release, is_public: bool) -> ReleasePage:
    """Open the page to everyone, or close it. Raises Refused for a release that is not frozen."""
    if not release.manifest_sha256:
        raise Refused(
            _("Release %(release)s is not frozen, so it has no page yet.") % {"release": release.name}
        )
    page = _locked(release)
    if page.is_public != is_public:
        page.is_public = is_public
        page.updated_by = actor
        page.save()
        audit.record(actor, "release.open" if is_public else "release.close", release, release.project)
    return page


def _locked(release: Release) -> ReleasePage:
    """The page, so that two people who change it come one after the other. Locks the release where there is
    none yet."""
    Release.objects.select_for_update().get(pk=release.pk)
    return ReleasePage.objects.filter(release=release).first() or ReleasePage(release=release)


def bare_doi(text: str) -> str:
    """10.5061/dryad.abc, however it was written: with doi: or as an address."""
    return _BEFORE_DOI.sub("", text.strip())


def _paragraphs(text: str) -> str:
    lines = [clean(line) for line in text.replace("\r\n", "\n").split("\n")]
    return _BLANK_LINES.sub("\n\n", "\n".join(lines)).strip()


def _check(words: Mapping[str, object]) -> None:
    creators = words["creators"]
    assert isinstance(creators, list)
    for name in ("title", "summary", "publisher", "doi"):
        _check_length(name, name, str(words[name]))
    for creator in creators:
        _check_length("creators", "creator", creator)
    if len(creators) > MOST_CREATORS:
        _refuse(
            "creators",
            _("%(n)s creators are more than the %(most)s that a page names. Name a group instead.")
            % {"n": len(creators), "most": MOST_CREATORS},
        )
    twice = next((name for name in creators if creators.count(name) > 1), None)
    if twice:
        _refuse("creators", _("%(name)s is named twice. Leave one of the lines out.") % {"name": twice})
    doi = str(words["doi"])
    if doi and not _DOI.fullmatch(doi):
        _refuse(
            "doi",
            _("%(doi)s is not a DOI: one looks like 10.5061/dryad.abc. Leave it empty until there is one.")
            % {"doi": doi},
        )


def _check_length(field: str, what: str, text: str) -> None:
    if len(text) > LONGEST[what]:
        _refuse(
            field,
            _("%(n)s characters are too many: at most %(most)s. Shorten it.")
            % {"n": len(text), "most": LONGEST[what]},
        )


def _refuse(field: str, message: str) -> None:
    raise Refused(message, fields={field: [message]})
