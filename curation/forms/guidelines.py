"""The draft of a version as the page holds it. It is kept whole, whatever is refused."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace

from django.http import QueryDict
from django.utils.translation import gettext as _

from curation.models import Guideline, Image, LabelClass, Project
from curation.selectors.classes import TRANSLATED
from curation.selectors.guidelines import Entry, Guide, GuidelineExample
from curation.services.guidelines import NewExample, Translation, content

SHA256 = re.compile(r"(?<![0-9a-f])[0-9a-f]{64}(?![0-9a-f])")
LONGEST = 20_000  # characters of a text


@dataclass(frozen=True)
class Row:
    """One picture of a class as typed; `image` where there is such a picture."""

    address: str
    counter: bool = False
    caption: str = ""
    image: Image | None = None
    error: str = ""


@dataclass(frozen=True)
class SectionDraft:
    """One class. texts: by language, of those that texts may be translated to."""

    label: LabelClass
    text: str = ""
    texts: Mapping[str, str] = field(default_factory=dict)
    rows: tuple[Row, ...] = ()

    @property
    def said(self) -> object:
        """What two drafts of a class are compared by."""
        rows = sorted(
            ((row.image.sha256 if row.image else row.address, row.counter, row.caption) for row in self.rows),
            key=lambda row: row[1],
        )
        return self.text, {name: text for name, text in self.texts.items() if text}, rows

    @property
    def wrong(self) -> bool:
        return any(row.error for row in self.rows)

    @property
    def spoken(self) -> list[tuple[str, str, str]]:
        """(language, its name, text) for the fields of the page."""
        return [(code, str(name), self.texts.get(code, "")) for code, name in TRANSLATED.items()]


@dataclass(frozen=True)
class Draft:
    """All of a version that is not published yet. based_on: the number it was begun from."""

    based_on: int
    intro: str
    intros: Mapping[str, str]
    sections: list[SectionDraft]
    note: str = ""

    @property
    def spoken(self) -> list[tuple[str, str, str]]:
        return [(code, str(name), self.intros.get(code, "")) for code, name in TRANSLATED.items()]

    @property
    def errors(self) -> list[str]:
        wrong = [
            _("%(class)s: %(error)s") % {"class": section.label.name, "error": row.error}
            for section in self.sections
            for row in section.rows
            if row.error
        ]
        texts = [(_("Introduction"), [self.intro, *self.intros.values()])]
        texts += [(one.label.name, [one.text, *one.texts.values()]) for one in self.sections]
        wrong += [
            _("%(part)s has %(n)s characters; at most %(most)s are kept.")
            % {"part": part, "n": len(text), "most": LONGEST}
            for part, found in texts
            for text in found
            if len(text) > LONGEST
        ]
        return wrong

    def arguments(self) -> dict[str, object]:
        """For `curation.services.guidelines.publish`."""
        return {
            "intro": self.intro,
            "sections": {one.label.pk: one.text for one in self.sections},
            "examples": {
                one.label.pk: [
                    NewExample(row.image.sha256, row.counter, row.caption) for row in one.rows if row.image
                ]
                for one in self.sections
            },
            "translations": {
                code: Translation(
                    self.intros.get(code, ""),
                    {one.label.pk: one.texts.get(code, "") for one in self.sections},
                )
                for code in TRANSLATED
            },
            "note": self.note,
            "based_on": self.based_on,
        }

    def guide(self) -> Guide:
        """As it would be read."""
        return Guide(
            None,
            self.intro,
            [
                Entry(
                    one.label, one.text, _pictures(one.rows, counter=False), _pictures(one.rows, counter=True)
                )
                for one in self.sections
            ],
        )


def _pictures(rows: Iterable[Row], *, counter: bool) -> list[GuidelineExample]:
    return [
        GuidelineExample(image=row.image, counter=row.counter, caption=row.caption)
        for row in rows
        if row.image and row.counter == counter
    ]


def stored(project: Project, guideline: Guideline | None) -> Draft:
    """A draft that says what a version says."""
    labels = list(project.classes.order_by("index"))
    if guideline is None:
        return Draft(0, "", {}, [SectionDraft(label) for label in labels])
    said = content(guideline, [label.pk for label in labels])
    images = _images(one.image for part in said.sections.values() for one in part.examples)
    return Draft(
        guideline.number,
        said.intro,
        dict(said.intros),
        [
            SectionDraft(
                label,
                said.sections[label.pk].text,
                dict(said.sections[label.pk].texts),
                tuple(
                    Row(one.image, one.counter, one.caption, images.get(one.image))
                    for one in said.sections[label.pk].examples
                ),
            )
            for label in labels
        ],
    )


def posted(project: Project, data: QueryDict) -> Draft:
    """The draft that a browser sent."""
    labels = list(project.classes.order_by("index"))
    typed = {label.pk: _typed(label.pk, data) for label in labels}
    wanted = {
        sha for rows in typed.values() for address, _counter, _caption in rows if (sha := sha256_in(address))
    }
    images = _images(wanted)
    number = data.get("based_on", "")
    return Draft(
        int(number) if number.isdecimal() and len(number) < 9 else 0,
        _plain(data.get("intro", "")),
        {code: _plain(data.get(f"intro-{code}", "")) for code in TRANSLATED},
        [
            SectionDraft(
                label,
                _plain(data.get(f"text-{label.pk}", "")),
                {code: _plain(data.get(f"text-{code}-{label.pk}", "")) for code in TRANSLATED},
                tuple(_row(*row, images) for row in typed[label.pk]),
            )
            for label in labels
        ],
        data.get("note", "").strip(),
    )


def _typed(pk: int, data: QueryDict) -> list[tuple[str, bool, str]]:
    """Rows of a class; one whose address was emptied is gone."""
    names = (data.getlist(f"{part}-{pk}") for part in ("image", "kind", "caption"))
    rows = zip(*names, strict=False)
    return [
        (image.strip(), kind == "counter", caption.strip()) for image, kind, caption in rows if image.strip()
    ]


def _row(address: str, counter: bool, caption: str, images: Mapping[str, Image]) -> Row:
    sha = sha256_in(address)
    image = images.get(sha) if sha else None
    error = ""
    if image is None:
        error = _("%(address)s is no picture here. Copy the address of the page of a picture.") % {
            "address": repr(address[:80])
        }
    return Row(address, counter, caption, image, error)


def sha256_in(address: str) -> str | None:
    """The picture that an address names: that of its page, of its file, or the bare SHA-256."""
    found = SHA256.search(address.lower())
    return found.group() if found else None


def _images(shas: Iterable[str]) -> dict[str, Image]:
    return {image.sha256: image for image in Image.objects.filter(sha256__in=set(shas))}


def _plain(text: str) -> str:
    return text.replace("\r\n", "\n").strip()


def merged(mine: Draft, base: Draft, theirs: Draft) -> tuple[Draft, list[str]]:
    """My draft on top of the version that appeared meanwhile, and the parts that both of us changed.

    What I left as it was becomes theirs; what I changed stays mine, also where they changed it.
    """
    both = []
    intro, intros = mine.intro, mine.intros
    if (mine.intro, dict(mine.intros)) == (base.intro, _filled(base.intros)):
        intro, intros = theirs.intro, theirs.intros
    elif (theirs.intro, _filled(theirs.intros)) != (base.intro, _filled(base.intros)):
        both.append(_("Introduction"))
    sections = []
    for my, was, their in zip(mine.sections, base.sections, theirs.sections, strict=True):
        sections.append(their if my.said == was.said else my)
        if my.said != was.said and their.said not in (was.said, my.said):
            both.append(my.label.name)
    return replace(mine, based_on=theirs.based_on, intro=intro, intros=intros, sections=sections), both


def _filled(texts: Mapping[str, str]) -> dict[str, str]:
    return {code: texts.get(code, "") for code in TRANSLATED}
