"""Guidelines are published in versions. A version is never changed; the next one holds all of it anew."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from curation.errors import Refused
from curation.models import Guideline, GuidelineExample, GuidelineSection, Image, Project, Role, User
from curation.services.audit import record

CAPTION = 300  # characters, as the column holds
NOTE = 300


@dataclass(frozen=True, slots=True)
class NewExample:
    """image: SHA-256 of the picture. counter: it is taken for the class and is not."""

    image: str
    counter: bool = False
    caption: str = ""


@dataclass(frozen=True, slots=True)
class Translation:
    """One language: the introduction, and the text of each class by its id."""

    intro: str = ""
    sections: Mapping[int, str] = field(default_factory=dict)


@transaction.atomic
def publish(
    lead: User,
    project: Project,
    *,
    intro: str,
    sections: Mapping[int, str],
    examples: Mapping[int, Sequence[NewExample]],
    translations: Mapping[str, Translation] | None = None,
    note: str = "",
    based_on: int | None = None,
) -> Guideline:
    """A new version, which votes are cast under from now on. Sections and examples go by the id of the class.

    based_on: number of the version that was edited, 0 for none; where another has appeared since, this one
    is refused with that number in `extra["version"]`. Raises Refused also where nothing changed.
    """
    # Everybody who publishes waits here: numbers have no gaps, and nobody overwrites what they have not seen.
    locked = Project.objects.select_for_update(no_key=True).get(pk=project.pk)
    _must_be_lead(lead)
    current = Guideline.objects.filter(pk=locked.guideline_id or 0).select_related("author").first()
    number = current.number if current else 0
    if based_on is not None and based_on != number:
        who = str(current.author) if current and current.author else _("somebody")
        raise Refused(
            _(
                "Version %(number)s by %(who)s appeared meanwhile. Nothing of yours is lost: look, and "
                "publish again."
            )
            % {"number": number, "who": who},
            version=number,
        )
    labels = list(locked.classes.order_by("index"))
    if unknown := sorted({*sections, *examples} - {label.pk for label in labels}):
        raise Refused(
            _("Class %(ids)s is not one of %(project)s.")
            % {"ids": ", ".join(map(str, unknown)), "project": locked}
        )
    if len(note) > NOTE:
        raise Refused(
            _("The note has %(n)s characters; at most %(most)s are kept.") % {"n": len(note), "most": NOTE}
        )
    spoken = {
        name: _spoken(said, {label.pk for label in labels}) for name, said in (translations or {}).items()
    }
    wanted = Content(
        intro=_plain(intro),
        intros=tuple(sorted((name, said.intro) for name, said in spoken.items() if said.intro)),
        sections={
            label.pk: SectionContent(
                text=_plain(sections.get(label.pk, "")),
                texts=tuple(
                    sorted(
                        (name, said.sections[label.pk])
                        for name, said in spoken.items()
                        if said.sections[label.pk]
                    )
                ),
                examples=_examples(label.name, examples.get(label.pk, ())),
            )
            for label in labels
        },
    )
    if current and wanted == content(current, [label.pk for label in labels]):
        raise Refused(
            _(
                "Nothing differs from version %(number)s: its introduction, the texts of its %(classes)s "
                "classes, their examples and translations are the same."
            )
            % {"number": number, "classes": len(labels)}
        )
    if not current and wanted.is_empty:
        raise Refused(_("There is nothing to publish: write an introduction or the text of a class."))
    made = _write(lead, locked, number + 1, wanted, note.strip())
    locked.guideline = project.guideline = made
    locked.save(update_fields=["guideline"])
    record(
        lead,
        "guideline.publish",
        locked.key,
        locked,
        number=made.number,
        before=number or None,
        note=made.note,
    )
    return made


@dataclass(frozen=True, slots=True)
class SectionContent:
    """All that a version says of one class. texts: (language, text)."""

    text: str = ""
    texts: tuple[tuple[str, str], ...] = ()
    examples: tuple[NewExample, ...] = ()


@dataclass(frozen=True, slots=True)
class Content:
    """All that a version says; two of them can be compared."""

    intro: str
    intros: tuple[tuple[str, str], ...]
    sections: dict[int, SectionContent]

    @property
    def is_empty(self) -> bool:
        return not (
            self.intro or self.intros or any(one != SectionContent() for one in self.sections.values())
        )


def content(guideline: Guideline, labels: Sequence[int]) -> Content:
    """What a stored version says of the classes `labels`. Two queries."""
    rows = guideline.sections.prefetch_related("examples__image")
    found = {row.label_id: row for row in rows}
    return Content(
        intro=guideline.intro,
        intros=_pairs(guideline.translations, "intro"),
        sections={
            pk: SectionContent(
                text=found[pk].text,
                texts=_pairs(found[pk].translations, "text"),
                examples=tuple(
                    NewExample(one.image.sha256, one.counter, one.caption) for one in found[pk].examples.all()
                ),
            )
            if pk in found
            else SectionContent()
            for pk in labels
        },
    )


def _pairs(translations: dict[str, Any], name: str) -> tuple[tuple[str, str], ...]:
    return tuple(sorted((language, said[name]) for language, said in translations.items() if said.get(name)))


def _write(lead: User, project: Project, number: int, wanted: Content, note: str) -> Guideline:
    made = Guideline.objects.create(
        project=project,
        number=number,
        intro=wanted.intro,
        translations={name: {"intro": text} for name, text in wanted.intros},
        note=note,
        author=lead,
    )
    rows = GuidelineSection.objects.bulk_create(
        GuidelineSection(
            guideline=made,
            label_id=pk,
            text=said.text,
            translations={name: {"text": text} for name, text in said.texts},
        )
        for pk, said in wanted.sections.items()
    )
    shas = {one.image for said in wanted.sections.values() for one in said.examples}
    images = dict(Image.objects.filter(sha256__in=shas).values_list("sha256", "pk"))
    if missing := sorted(shas - images.keys()):
        raise Refused(_("There is no picture %(sha)s here.") % {"sha": missing[0]}, image=missing[0])
    GuidelineExample.objects.bulk_create(
        GuidelineExample(
            section=row,
            image_id=images[one.image],
            counter=one.counter,
            caption=one.caption,
            position=position,
        )
        for row in rows
        for position, one in enumerate(wanted.sections[row.label_id].examples)
    )
    return made


def _examples(name: str, rows: Sequence[NewExample]) -> tuple[NewExample, ...]:
    """As they will be read: examples before counter-examples, each picture once."""
    seen: set[str] = set()
    for one in rows:
        if one.image in seen:
            raise Refused(
                _("%(class)s shows picture %(sha)s… twice. Keep one of the two.")
                % {"class": name, "sha": one.image[:12]}
            )
        if len(one.caption) > CAPTION:
            raise Refused(
                _("%(class)s: a caption has %(n)s characters; at most %(most)s are kept.")
                % {"class": name, "n": len(one.caption), "most": CAPTION}
            )
        seen.add(one.image)
    tidy = [NewExample(one.image, one.counter, one.caption.strip()) for one in rows]
    return tuple(sorted(tidy, key=lambda one: one.counter))


def _spoken(said: Translation, labels: set[int]) -> Translation:
    return Translation(_plain(said.intro), {pk: _plain(said.sections.get(pk, "")) for pk in labels})


def _plain(text: str) -> str:
    """Browsers send CR LF at line ends; kept is LF."""
    return text.replace("\r\n", "\n").strip()


def _must_be_lead(user: User) -> None:
    if not user.has_role(Role.LEAD):
        raise Refused(
            _("%(who)s is %(role)s; publishing guidelines needs the role lead curator.")
            % {"who": user, "role": Role(user.role).label.lower()}
        )
