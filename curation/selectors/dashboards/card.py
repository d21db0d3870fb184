"""The data card of a source: what is said to the institution about its pictures, as one document.

Sections are tables without doors: whoever gets the card cannot sign in. Page, Markdown, JSON and a file of
HTML say the same.
"""

from __future__ import annotations

import json
from collections import Counter
from dataclasses import dataclass, replace
from datetime import date
from typing import Any

from django.db.models import Count
from django.utils import timezone
from django.utils.html import strip_tags
from django.utils.translation import gettext as _

from curation.models import Image, Licence, Release, ReleaseLeftOut, ReleasePage, Source, User
from curation.selectors import citation
from curation.selectors.dashboards import downloads, pool, releases
from curation.selectors.dashboards.card_pictures import Shown, shown
from curation.selectors.dashboards.pages import lead, number
from curation.selectors.dashboards.scope import Scope
from curation.selectors.release_about import about
from curation.selectors.release_reports.table import (
    Cell,
    Column,
    ReportTable,
    as_json,
    to_markdown,
    total_of,
)

FORMAT, VERSION = "vasculum-data-card", 1


@dataclass(frozen=True)
class Card:
    source: Source
    day: date
    site: str
    sender: User
    words: list[str]
    tables: list[ReportTable]
    citations: list[str]
    pictures: list[Shown]

    @property
    def title(self) -> str:
        return _("Data card: %(name)s (%(code)s)") % {"name": self.source.name, "code": self.source.code}

    @property
    def identifiers(self) -> list[tuple[str, str]]:
        source = self.source
        found = [
            ("Index Herbariorum", source.index_herbariorum),
            ("GRSciColl", source.grscicoll),
            ("ROR", f"https://ror.org/{source.ror}" if source.ror else ""),
        ]
        return [(name, value) for name, value in found if value]

    @property
    def contact(self) -> str:
        """Who sends the card answers for it."""
        return f"{self.sender} <{self.sender.email}>" if self.sender.email else str(self.sender)

    @property
    def asks(self) -> list[str]:
        return [
            _("Questions, corrections, and pictures that are to be taken out: %(contact)s.")
            % {"contact": self.contact},
            _(
                "Please name pictures by catalogue number or address. A release that is frozen never "
                "changes; what is to be taken out is missing from the next one."
            ),
        ]


def card(source: Source, viewer: User, site: str) -> Card:
    """`site`: its address without a path. The number of queries does not grow with the pictures."""
    scope = Scope(viewer, source=source)
    found = pool.Pool(scope)
    known = list(
        Release.objects.filter(pk__in=[one.pk for one in releases.newest(scope)])
        .select_related("project", "page")
        .order_by("-id")
    )
    in_them = releases.counts(scope, known)
    theirs = [release for release in known if in_them[release.pk].total()]
    tables = [
        _licences(source),
        pool.by_project(found).table,
        pool.by_class(found).table,
        _releases(theirs, in_them, site),
        _left_out(source, known),
        downloads.downloads(scope).table,
    ]
    held = sum(int(row[1].value or 0) for row in tables[0].rows)
    words = [_("This site holds %(n)s pictures of yours.") % {"n": number(held)}]
    if found.total.total:
        words.append(strip_tags(lead(found)))
    return Card(
        source,
        timezone.localdate(),
        site,
        viewer,
        words,
        [_without_doors(table) for table in tables if table.rows],
        [_cited(release, site) for release in theirs],
        shown(source, theirs),
    )


def _without_doors(table: ReportTable) -> ReportTable:
    def bare(cells: Any) -> list[Cell]:
        return [cell._replace(url="") for cell in cells]

    return replace(
        table,
        rows=[bare(row) for row in table.rows],
        total=bare(table.total) if table.total else None,
        notes=[strip_tags(note) for note in table.notes],
    )


def _licences(source: Source) -> ReportTable:
    """Every picture of theirs, whether a project asks about it or not."""
    counted = Image.objects.filter(source=source).order_by().values_list("licence")
    found = dict(counted.annotate(n=Count("pk")))
    rows = [
        [Cell(licence.identifier, text=licence.short), Cell(found[licence.pk]), Cell(licence.url)]
        for licence in Licence.objects.filter(pk__in=found)
    ]
    rows.sort(key=lambda row: -int(row[1].value or 0))
    columns = [
        Column("licence", _("Licence"), "text"),
        Column("pictures", _("Pictures")),
        Column("address", _("Address"), "text"),
    ]
    return ReportTable("licences-held", _("What is here, by licence"), columns, rows)


def _releases(theirs: list[Release], in_them: dict[int, Counter[str]], site: str) -> ReportTable:
    splits = sorted({split for release in theirs for split in in_them[release.pk]})
    rows = [
        [
            Cell(release.name),
            Cell(timezone.localtime(release.created_at).date().isoformat()),
            *(Cell(in_them[release.pk][split]) for split in splits),
            Cell(in_them[release.pk].total()),
            Cell(_public(release, site)),
            Cell(release.manifest_sha256),
        ]
        for release in theirs
    ]
    columns = [
        Column("release", _("Release"), "text"),
        Column("frozen", _("Frozen"), "text"),
        *(Column(split, split) for split in splits),
        Column("total", _("Total")),
        Column("page", _("Public page"), "text"),
        Column("manifest_sha256", _("SHA-256 of the manifest"), "text"),
    ]
    notes = [
        _("Each file of a release names you, its licence, the rights holder and the address it came from.")
    ]
    return ReportTable("releases", _("What went into releases"), columns, rows, notes=notes)


def _page(release: Release) -> ReleasePage | None:
    page: ReleasePage | None = getattr(release, "page", None)
    return page


def _public(release: Release, site: str) -> str:
    page = _page(release)
    return f"{site}/r/{release.name}/" if page and page.is_public else ""


def _cited(release: Release, site: str) -> str:
    return citation.as_text(release, about(release, kinds={}), _public(release, site) or site)


def _left_out(source: Source, known: list[Release]) -> ReportTable:
    """Pictures that stand in no split of a release, and why; one query."""
    counted = ReleaseLeftOut.objects.filter(release__in=known, source=source.code).order_by()
    names = {release.pk: release for release in known}
    found = list(counted.values_list("release_id", "reason", "detail").annotate(n=Count("pk")))
    found.sort(key=lambda row: (-row[0], -row[3], row[1], row[2]))
    rows = [
        [
            Cell(names[pk].name),
            Cell(reason, text=str(ReleaseLeftOut.Reason(reason).label)),
            Cell(detail),
            Cell(n),
        ]
        for pk, reason, detail, n in found
    ]
    columns = [
        Column("release", _("Release"), "text"),
        Column("reason", _("Why"), "text"),
        Column("detail", _("More"), "text"),
        Column("pictures", _("Pictures")),
    ]
    total = [total_of(), Cell(""), Cell(""), Cell(sum(row[3] for row in found))] if len(rows) > 1 else None
    return ReportTable("left-out", _("What was left out, and why"), columns, rows, total)


def to_text(found: Card) -> str:
    """Markdown."""
    lines = [f"# {found.title}", "", f"{found.day.isoformat()}, {found.site}", ""]
    lines += [f"- {name}: {value}" for name, value in found.identifiers]
    lines += ["", *(f"{words}\n" for words in found.words)]
    lines += [to_markdown(table) for table in found.tables]
    if found.citations:
        lines += [f"## {_('How to cite')}", "", *(f"- {words}" for words in found.citations), ""]
    lines += [f"## {_('Whom to ask')}", "", *(f"{words}\n" for words in found.asks)]
    return "\n".join(lines).rstrip() + "\n"


def to_json(found: Card) -> str:
    source = found.source
    document = {
        "format": FORMAT,
        "version": VERSION,
        "date": found.day.isoformat(),
        "site": found.site,
        "source": {
            "code": source.code,
            "name": source.name,
            "kind": source.kind,
            "country": source.country,
            "identifiers": dict(found.identifiers),
        },
        "words": found.words,
        "tables": [as_json(table) for table in found.tables],
        "citations": found.citations,
        "pictures": [
            {"sha256": one.member.sha256, "name": one.name, "words": one.words} for one in found.pictures
        ],
        "contact": found.contact,
    }
    return json.dumps(document, indent=2, ensure_ascii=False) + "\n"
