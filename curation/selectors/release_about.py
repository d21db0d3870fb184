"""What is said about a release as a whole: its page's words, its sources, and where its pictures came from.

For the metadata of a deposit, for citations and for the public page.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

from django.core.exceptions import ObjectDoesNotExist

from curation.models import Release, ReleasePage, Source
from curation.services.manifest import clean

# A DOI that is written as one, or that GBIF gives to downloads; in other places 10.2024/sheets is a folder.
DOI = re.compile(
    r"(?:doi\.org/|doi:\s*)(10\.\d{4,9}/[^\s\"<>?#]+[^\s\"<>?#.,;)])|(10\.15468/dl\.[a-z0-9]+)", re.IGNORECASE
)
# Only whole addresses without a query, which could hold a key.
ADDRESS = re.compile(r"https?://[^\s<>\"?#@]+")
SOFTWARE_ONLY = Source.Kind.SYNTHETIC


@dataclass(frozen=True)
class SourceLine:
    """A source as the metadata name it. ror: nine characters, "" where not known."""

    code: str
    name: str
    kind: str
    ror: str


@dataclass(frozen=True)
class About:
    """title is never empty; creators may be. origins: DOIs and addresses that batches were brought in from,
    as (type, value) with the types of DataCite, DOI or URL."""

    title: str
    summary: str
    creators: tuple[str, ...]
    publisher: str
    doi: str
    sources: tuple[SourceLine, ...]
    origins: tuple[tuple[str, str], ...]

    def as_dict(self) -> dict[str, Any]:
        """As JSON holds it."""
        return {
            **asdict(self),
            "creators": list(self.creators),
            "sources": [asdict(source) for source in self.sources],
            "origins": [list(origin) for origin in self.origins],
        }

    @classmethod
    def from_dict(cls, found: dict[str, Any]) -> About:
        """Back from `as_dict`. Raises KeyError, TypeError or ValueError where it is none."""
        texts = {name: found[name] for name in ("title", "summary", "publisher", "doi")}
        sources = tuple(SourceLine(**source) for source in found["sources"])
        origins = tuple((kind, value) for kind, value in found["origins"])
        creators = tuple(found["creators"])
        said = [*texts.values(), *creators, *(word for pair in origins for word in pair)]
        said += [word for source in sources for word in asdict(source).values()]
        if not all(isinstance(word, str) for word in said) or not texts["title"]:
            raise ValueError("a text is missing or is none")
        return cls(**texts, creators=creators, sources=sources, origins=origins)

    @property
    def institutions(self) -> list[SourceLine]:
        """The sources that somebody stands behind."""
        return [source for source in self.sources if source.kind != SOFTWARE_ONLY]


def page_of(release: Release) -> ReleasePage:
    """The page's words; one that is not stored yet where nobody has written any."""
    try:
        return release.page
    except ObjectDoesNotExist:
        return ReleasePage(release=release)


def title_of(release: Release, page: ReleasePage) -> str:
    return page.title or f"{release.project.title}: {release.name}"


def about(release: Release, licences: tuple[str, ...] = (), kinds: Mapping[str, str] | None = None) -> About:
    """licences: identifiers of the pictures that count, empty for all. kinds: source -> its kind, where that
    is known already; the origins, which take as long to find, are then left out."""
    page = page_of(release)
    members = release.members.filter(licence__in=licences) if licences else release.members.all()
    came_from = tuple(origins(release, licences)) if kinds is None else ()
    if kinds is None:
        kinds = dict(members.order_by().values_list("source", "source_kind").distinct())
    known = {source.code: source for source in Source.objects.filter(code__in=kinds)}
    lines = []
    for code in sorted(kinds, key=str.encode):
        source = known.get(code)
        name, ror = (source.name, source.ror) if source else (code, "")
        lines.append(SourceLine(code, clean(name), kinds[code], ror))
    return About(
        title=clean(title_of(release, page)),
        summary=page.summary.strip(),
        creators=tuple(page.creators),
        publisher=page.publisher,
        doi=page.doi,
        sources=tuple(lines),
        origins=came_from,
    )


def origins(release: Release, licences: tuple[str, ...] = ()) -> list[tuple[str, str]]:
    """The DOIs and addresses in the names of the batches that the pictures came in with; one query."""
    members = release.members.filter(licence__in=licences) if licences else release.members.all()
    found: set[tuple[str, str]] = set()
    for origin in members.order_by().values_list("image__batch__origin", flat=True).distinct():
        dois = {(one or other).lower() for one, other in DOI.findall(origin)}
        found |= {("DOI", doi) for doi in dois}
        if not dois and ADDRESS.fullmatch(origin):
            found.add(("URL", origin))
    return sorted(found)
