"""Licence texts for the pages: which wait for a person, who shares them, what projects make of them."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, field

from django.contrib.postgres.aggregates import ArrayAgg
from django.db.models import Count, F, Max, Min, Q, QuerySet
from django.utils.translation import gettext as _

from curation.licensing.codes import CODES, title_of
from curation.models import AuditEntry, Candidate, LicenceText, MediaRecord, Project

Meaning = LicenceText.Meaning
SHORT = {code: code.replace("CC-", "CC ", 1) for code in CODES}


@dataclass
class OpenText:
    """A text under review, with the number of records that share it and some of them."""

    text: LicenceText
    n: int = 0
    batches: list[int] = field(default_factory=list)
    samples: list[MediaRecord] = field(default_factory=list)
    _samples: set[int] = field(default_factory=set)

    @property
    def hints(self) -> list[tuple[str, str]]:
        """What the samples' records and datasets say, each once: it is no licence of the picture."""
        said = [(_("The record says"), one.record_licence) for one in self.samples]
        said += [(_("The dataset says"), one.dataset_licence) for one in self.samples]
        said += [(_("Rights holder"), one.rights_holder) for one in self.samples]
        return [one for one in dict.fromkeys(said) if one[1]]

    @property
    def origins(self) -> list[str]:
        """Sources, or the codes of records without one."""
        return list(dict.fromkeys(filter(None, (_origin(one) for one in self.samples))))


def _origin(record: MediaRecord) -> str:
    return record.source.code if record.source else record.institution_code or record.collection_code


def open_texts() -> list[OpenText]:
    """Every text under review, those of most records first; two queries. No samples yet."""
    texts = LicenceText.objects.filter(meaning=Meaning.UNCLEAR).order_by("id")
    found = {text.pk: OpenText(text) for text in texts}
    rows = (
        MediaRecord.objects.filter(state=MediaRecord.State.HELD, licence_text__meaning=Meaning.UNCLEAR)
        .order_by()
        .values_list("licence_text_id")
        .annotate(n=Count("id"), batches=ArrayAgg("batch_id", distinct=True), first=Min("id"), last=Max("id"))
    )
    for pk, n, batches, first, last in rows:
        if one := found.get(pk):
            one.n, one.batches, one._samples = n, sorted(batches), {first, last}
    return sorted(found.values(), key=lambda one: (-one.n, one.text.pk))


def with_samples(shown: Sequence[OpenText]) -> list[OpenText]:
    """The same, each with its first and last record; one query."""
    wanted = [pk for one in shown for pk in one._samples]
    records = MediaRecord.objects.select_related("source").in_bulk(wanted)
    for one in shown:
        one.samples = [records[pk] for pk in sorted(one._samples) if pk in records]
    return list(shown)


def lately_settled(n: int = 5) -> QuerySet[LicenceText]:
    """The texts that people settled last."""
    settled = LicenceText.objects.filter(settled_at__isnull=False).select_related("licence", "settled_by")
    return settled.order_by("-settled_at", "-id")[:n]


def texts(search: str = "", meaning: str = "", code: str = "") -> QuerySet[LicenceText]:
    """All texts that hold `search`; code: of their licence, or what the rules read in them."""
    found = LicenceText.objects.select_related("licence", "settled_by").order_by("id")
    if search:
        found = found.filter(verbatim__icontains=search)
    if meaning:
        found = found.filter(meaning=meaning)
    if code:
        found = found.filter(Q(licence__code=code) | Q(licence__isnull=True, code=code))
    return found


@dataclass
class Shared:
    """How many records share a text, and how many pictures are in under it."""

    records: int = 0
    pictures: int = 0


def shared_by(shown: Sequence[LicenceText]) -> dict[int, Shared]:
    """What is shared by each of these texts; one query."""
    rows = MediaRecord.objects.filter(licence_text__in=[text.pk for text in shown]).order_by()
    counted = rows.values_list("licence_text_id").annotate(
        n=Count("id"), pictures=Count("image_id", distinct=True)
    )
    found = {pk: Shared(n, pictures) for pk, n, pictures in counted}
    return {text.pk: found.get(text.pk, Shared()) for text in shown}


def states_of(text: LicenceText) -> list[tuple[str, int]]:
    """(what a record of this text waits for or became, how many)."""
    names = dict(MediaRecord.State.choices)
    rows = MediaRecord.objects.filter(licence_text=text).order_by().values_list("state")
    return [(str(names[state]), n) for state, n in rows.annotate(n=Count("id")).order_by("-n")]


def samples_of(text: LicenceText, n: int = 8) -> QuerySet[MediaRecord]:
    return MediaRecord.objects.filter(licence_text=text).select_related("source", "batch").order_by("id")[:n]


def history_of(text: LicenceText) -> QuerySet[AuditEntry]:
    """What people said of a text, the newest first."""
    entries = AuditEntry.objects.filter(
        action__in=["licence.settle", "licence.unsettle"], subject=str(text.pk)
    )
    return entries.select_related("actor")


@dataclass
class PolicyLine:
    """One licence in a project: its verdict, pictures decided under it, records it keeps waiting or out."""

    code: str
    verdict: str
    decided: int = 0
    waiting: int = 0
    refused: int = 0

    @property
    def short(self) -> str:
        return SHORT.get(self.code, self.code)

    @property
    def title(self) -> str:
        return title_of(self.code, "").removesuffix(", version not stated")


def verdict_of(project: Project, code: str) -> str:
    if code in project.licences_accepted:
        return "accept"
    return "review" if code in project.licences_review else "refuse"


def decided_without(lines: Iterable[PolicyLine], accepted: Collection[str]) -> int:
    """How many decided pictures releases would lose if only `accepted` licences were."""
    return sum(one.decided for one in lines if one.verdict == "accept" and one.code not in accepted)


def policy_lines(project: Project) -> list[PolicyLine]:
    """A line for each known licence; two queries."""
    lines = {code: PolicyLine(code, verdict_of(project, code)) for code in CODES}
    decided = Candidate.objects.filter(project=project, state=Candidate.State.DECIDED).order_by()
    for code, n in decided.values_list("image__licence__code").annotate(n=Count("id")):
        if code in lines:
            lines[code].decided = n
    kept = MediaRecord.objects.filter(batch__project=project, rule__in=["licence-review", "licence-refused"])
    counted: dict[tuple[str, str], int] = defaultdict(int)
    rows = kept.order_by().values_list(F("licence_text__licence__code"), "rule").annotate(n=Count("id"))
    for code, rule, n in rows:
        counted[code, rule] += n
    for code, line in lines.items():
        line.waiting = counted[code, "licence-review"]
        line.refused = counted[code, "licence-refused"]
    return list(lines.values())
