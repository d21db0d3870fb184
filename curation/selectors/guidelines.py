"""Guidelines to read: a version with its pictures, and what differs between two versions."""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterable
from dataclasses import dataclass, field

from django.db.models import Case, F, IntegerField, Prefetch, QuerySet, When
from django.utils.translation import gettext as _

from curation.models import Candidate, Guideline, GuidelineExample, GuidelineSection, LabelClass, Project
from curation.selectors.classes import translated

PICKS = 24  # pictures offered at once


@dataclass(frozen=True)
class Entry:
    """What a version says of one class, in the active language."""

    label: LabelClass
    text: str
    shows: list[GuidelineExample] = field(default_factory=list)
    counters: list[GuidelineExample] = field(default_factory=list)


@dataclass(frozen=True)
class Guide:
    """A version, ready to be read; `entries` has every class of the project, in class order."""

    guideline: Guideline | None
    intro: str
    entries: list[Entry]


def version(project: Project, number: int | None = None) -> Guideline | None:
    """The version with its author, the current one where no number is given."""
    rows = Guideline.objects.filter(project=project).select_related("author")
    if number is None:
        return rows.filter(pk=project.guideline_id or 0).first()
    return rows.filter(number=number).first()


def versions(project: Project) -> QuerySet[Guideline]:
    """All of them, newest first."""
    return Guideline.objects.filter(project=project).select_related("author").order_by("-number")


def guide(project: Project, guideline: Guideline | None) -> Guide:
    """Texts in the active language. Three queries, whatever the number of classes and pictures."""
    labels = list(project.classes.order_by("index"))
    if guideline is None:
        return Guide(None, "", [Entry(label, "") for label in labels])
    pictures = GuidelineExample.objects.select_related("image")
    rows = guideline.sections.prefetch_related(Prefetch("examples", pictures))
    found = {row.label_id: row for row in rows}
    entries = []
    for label in labels:
        row = found.get(label.pk)
        if row is None:
            entries.append(Entry(label, ""))
            continue
        examples = list(row.examples.all())
        entries.append(
            Entry(
                label,
                translated(row.translations, "text", row.text),
                [one for one in examples if not one.counter],
                [one for one in examples if one.counter],
            )
        )
    return Guide(guideline, translated(guideline.translations, "intro", guideline.intro), entries)


@dataclass(frozen=True)
class Piece:
    """Some words of a text and whether they are new, gone or the same."""

    kind: str  # same, new, gone
    text: str


def words_that_differ(before: str, after: str) -> list[Piece]:
    """The two texts as one, word by word; spaces stay with the word before them."""
    old, new = (re.findall(r"\s+|\S+\s*", text) for text in (before, after))
    pieces: list[Piece] = []
    for kind, a, b, c, d in difflib.SequenceMatcher(None, old, new, autojunk=False).get_opcodes():
        if kind == "equal":
            pieces.append(Piece("same", "".join(new[c:d])))
            continue
        if a < b:
            pieces.append(Piece("gone", "".join(old[a:b])))
        if c < d:
            pieces.append(Piece("new", "".join(new[c:d])))
    return pieces


@dataclass(frozen=True)
class Change:
    """How one class differs; `label` is None for the introduction."""

    label: LabelClass | None
    words: list[Piece]
    added: list[GuidelineExample] = field(default_factory=list)
    removed: list[GuidelineExample] = field(default_factory=list)
    recaptioned: list[GuidelineExample] = field(default_factory=list)
    translated: bool = False

    @property
    def reworded(self) -> bool:
        return any(piece.kind != "same" for piece in self.words)

    @property
    def pictures(self) -> list[tuple[list[GuidelineExample], str]]:
        """What became of pictures, with the words for it; only what there is."""
        told = [
            (self.added, _("Pictures that are new, or tell otherwise now")),
            (self.removed, _("Pictures that are gone")),
            (self.recaptioned, _("Pictures with another caption")),
        ]
        return [(rows, words) for rows, words in told if rows]

    @property
    def is_any(self) -> bool:
        return bool(self.reworded or self.added or self.removed or self.recaptioned or self.translated)


def changes(before: Guideline | None, after: Guideline) -> list[Change]:
    """What `after` says otherwise than `before`, the introduction first, then class by class."""
    found = [
        Change(
            None,
            words_that_differ(before.intro if before else "", after.intro),
            translated=(before.translations if before else {}) != after.translations,
        )
    ]
    old = {row.label_id: row for row in _sections(before)} if before else {}
    for row in _sections(after):
        was = old.get(row.label_id)
        there = {one.image_id: one for one in was.examples.all()} if was else {}
        now = {one.image_id: one for one in row.examples.all()}
        kept = [(there[pk], one) for pk, one in now.items() if pk in there]
        moved = [one for then, one in kept if then.counter != one.counter]
        found.append(
            Change(
                row.label,
                words_that_differ(was.text if was else "", row.text),
                added=[one for pk, one in now.items() if pk not in there] + moved,
                removed=[one for pk, one in there.items() if pk not in now],
                recaptioned=[one for then, one in kept if one not in moved and then.caption != one.caption],
                translated=(was.translations if was else {}) != row.translations,
            )
        )
    return [change for change in found if change.is_any]


def _sections(guideline: Guideline) -> QuerySet[GuidelineSection]:
    pictures = GuidelineExample.objects.select_related("image")
    return guideline.sections.select_related("label").prefetch_related(Prefetch("examples", pictures))


def changed_classes(project: Project, number: int) -> list[LabelClass]:
    """Classes whose text or pictures version `number` changed. A translation changes no rule."""
    after = version(project, number)
    if after is None:
        return []
    found: Iterable[Change] = changes(version(project, number - 1), after)
    return [
        one.label
        for one in found
        if one.label and (one.reworded or one.added or one.removed or one.recaptioned)
    ]


def picks(label: LabelClass, *, counter: bool, start: int = 0) -> list[Candidate]:
    """Decided pictures to choose from: of the class, those the model is surest of first; or (counter) of the
    other classes, those the model took for this one first."""
    decided = Candidate.objects.filter(project=label.project_id, state=Candidate.State.DECIDED)
    rows = decided.select_related("image", "label")
    if counter:
        taken = Case(When(guess=label.pk, then=1), default=0, output_field=IntegerField())
        rows = rows.exclude(label=label).order_by(taken.desc(), F("confidence").desc(nulls_last=True), "pk")
    else:
        rows = rows.filter(label=label).order_by(F("confidence").desc(nulls_last=True), "pk")
    return list(rows[start : start + PICKS])
