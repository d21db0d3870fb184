"""Maps, neighbours and doubts as pages read them. Nothing here imports TensorFlow, UMAP or faiss."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import numpy as np
from django.db.models import Count, F, Max, Q, QuerySet
from django.utils.translation import gettext as _
from numpy.typing import NDArray

from curation.models import (
    Candidate,
    DataIssue,
    Doubt,
    FeatureSet,
    Job,
    LabelClass,
    ModelVersion,
    Project,
    Release,
    ReleaseMember,
    Source,
    Split,
)
from curation.selectors.jobs import JobView, jobs, views
from curation.selectors.tags import of_map
from curation.services import folders
from curation.services.model_layers import feature_layers
from curation.services.representation.places import POINT, name_of_set

MOST_GROUPS = 250  # one byte a picture says its group
KINDS = (Job.Kind.FEATURES, Job.Kind.MAP, Job.Kind.DOUBTS)


def newest(project: Project, *, mapped: bool = False) -> FeatureSet | None:
    """The features made or added to last; with `mapped`, those with the map drawn last."""
    rows = project.feature_sets.select_related("model", "project", "job").exclude(near="")
    if mapped:
        return rows.exclude(map_file="").order_by("-map_job_id").first()
    return rows.order_by("-job_id").first()


def feature_sets(project: Project) -> list[FeatureSet]:
    """All that are there, the newest first."""
    rows = project.feature_sets.select_related("model", "project", "job").exclude(near="")
    return list(rows.order_by("-job_id"))


def usable_models() -> list[tuple[str, str]]:
    """What features could be made with, the newest model first: MODEL, or MODEL/LAYER where a model has more
    layers than its usual one that give vectors; and how it is called."""
    found = []
    for model in ModelVersion.objects.exclude(folder=""):
        layers = feature_layers(model)
        kind = "" if model.kind == ModelVersion.Kind.CLASSIFIER else f" ({model.get_kind_display()})"
        found.append((model.name, f"{model}{kind}"))
        found += [(f"{model.name}/{layer}", f"{model}, {layer}") for layer in layers[1:]]
    return found


def under_way(project: Project, *kinds: str) -> JobView | None:
    """The job of these kinds that waits, works or has failed last and been followed by none."""
    of_project = Q(params__project=project.key) | Q(
        params__features__in=list(project.feature_sets.values_list("pk", flat=True))
    )
    job = jobs().filter(of_project, kind__in=kinds or KINDS).order_by("-pk").first()
    if job is None or job.state == Job.State.DONE:
        return None
    return views([job])[0]


def new_pictures(found: FeatureSet) -> int:
    """Pictures of the project that came in since the features were made."""
    last = found.pictures + found.unreadable
    return max(0, Candidate.objects.filter(project=found.project).count() - last)


def points(found: FeatureSet) -> NDArray[Any]:
    """The map as it is stored. OSError where the file is gone."""
    return np.memmap(folders.file(name_of_set(found), found.map_file), POINT, "r")


# --- what the points are coloured by ---------------------------------------------------------------------


@dataclass
class Groups:
    """names, colours (CSS) and counts of groups; codes: (N,) uint8, the group of each point of the map."""

    names: list[str] = field(default_factory=list)
    colours: list[str] = field(default_factory=list)
    codes: NDArray[np.uint8] = field(default_factory=lambda: np.empty(0, np.uint8))

    def add(self, name: str, colour: str) -> int:
        self.names.append(str(name))
        self.colours.append(colour)
        return len(self.names) - 1

    @property
    def counts(self) -> list[int]:
        found: list[int] = np.bincount(self.codes, minlength=len(self.names)).tolist()
        return found


def choices(project: Project) -> list[tuple[str, str]]:
    """What a map can be coloured by: key and name."""
    found = [
        ("class", _("Class, as decided")),
        ("guess", _("Class, as the model takes it")),
        ("source", _("Source")),
        ("state", _("State of review")),
    ]
    if latest_search(project) is not None:
        found.append(("doubt", _("Doubt about the decision")))
    releases = Release.objects.filter(project=project).exclude(manifest_sha256="").order_by("-pk")[:5]
    return found + [
        (f"split-{row.name}", _("Split of %(release)s") % {"release": row.name}) for row in releases
    ]


def groups(project: Project, by: str, ids: NDArray[np.uint32]) -> Groups | None:
    """The group of each candidate of `ids`; None where `by` is nothing to colour by. Two queries at most."""
    found = Groups()
    code: dict[Any, int]
    if by in ("class", "guess"):
        column = "label_id" if by == "class" else "guess_id"
        nothing = found.add(_("Not decided") if by == "class" else _("Not predicted"), "var(--muted)")
        code = {
            label.pk: found.add(label.name, _class_colour(label))
            for label in project.classes.order_by("index")
        }
        pairs = _column(project, column)
    elif by == "source":
        nothing = found.add(_("Other sources"), "var(--muted)")
        rows = Source.objects.filter(candidate_sources(project)).order_by("code")[: MOST_GROUPS - 1]
        code = {row.pk: found.add(row.name, _cycle(place)) for place, row in enumerate(rows)}
        pairs = _column(project, "source_id")
    elif by == "state":
        nothing = found.add(_("Gone from the project"), "var(--muted)")
        code = {
            value: found.add(str(words), _cycle(place))
            for place, (value, words) in enumerate(Candidate.State.choices)
        }
        pairs = _column(project, "state")
    elif by == "doubt" and (job := latest_search(project)) is not None:
        nothing = found.add(_("No doubt"), "var(--muted)")
        code = {
            n: found.add(words, colour)
            for n, (words, colour) in enumerate(
                [
                    (_("Likely an error"), "var(--madder)"),
                    (_("Among the most doubtful"), "var(--ochre)"),
                ]
            )
        }
        pairs = [
            (pk, 0 if flagged else 1)
            for pk, flagged in Doubt.objects.filter(job=job).values_list("candidate_id", "flagged")
        ]
    elif by.startswith("split-"):
        release = Release.objects.filter(project=project, name=by.removeprefix("split-")).first()
        if release is None:
            return None
        nothing = found.add(_("Not in the release"), "var(--muted)")
        code = {
            value: found.add(str(words), _cycle(place)) for place, (value, words) in enumerate(Split.choices)
        }
        members = ReleaseMember.objects.filter(release=release, image__candidates__project=project)
        pairs = list(members.order_by().values_list("image__candidates__pk", "split"))
    elif (tagged := of_map(project, by)) is not None:
        tag, pairs = tagged
        nothing = found.add(_("Without this tag"), "var(--muted)")
        code = {tag.pk: found.add(tag.name, _cycle(13))}
    else:
        return None
    found.codes = np.full(len(ids), nothing, np.uint8)
    if pairs:
        own = np.fromiter((pk for pk, _value in pairs), np.int64, len(pairs))
        group = np.fromiter((code.get(value, nothing) for _pk, value in pairs), np.uint8, len(pairs))
        order = np.argsort(own)
        own, group = own[order], group[order]
        place = np.searchsorted(own, ids)
        place[place == len(own)] = 0
        known = own[place] == ids
        found.codes[known] = group[place[known]]
    return found


def candidate_sources(project: Project) -> Q:
    rows = Candidate.objects.filter(project=project).order_by()
    return Q(pk__in=rows.values("source").distinct())


def _column(project: Project, name: str) -> list[tuple[int, Any]]:
    return list(Candidate.objects.filter(project=project).order_by().values_list("pk", name))


def _class_colour(label: LabelClass) -> str:
    return _cycle(label.index)


def _cycle(place: int) -> str:
    return f"var(--class-{place % 17})"


# --- pictures ---------------------------------------------------------------------------------------------


def with_pictures(project: Project, ids: list[int]) -> list[Candidate]:
    """Candidates of the project with what a thumbnail shows, in the order of `ids`; one query."""
    rows = Candidate.objects.filter(project=project, pk__in=ids).select_related(
        "image__source", "label", "prediction__label", "guess"
    )
    known = {row.pk: row for row in rows}
    return [known[pk] for pk in ids if pk in known]


# --- doubts -----------------------------------------------------------------------------------------------


def latest_search(project: Project) -> Job | None:
    """The last search for doubtful decisions that was finished; one query."""
    rows = Doubt.objects.filter(feature_set__project=project, job__state=Job.State.DONE)
    last = rows.aggregate(last=Max("job"))["last"]
    return Job.objects.get(pk=last) if last else None


@dataclass(frozen=True)
class Precision:
    """What came of the doubts that were sent. wrong: decided as another class since; right: kept."""

    sent: int
    wrong: int
    right: int

    @property
    def waiting(self) -> int:
        return self.sent - self.wrong - self.right

    @property
    def share(self) -> float | None:
        judged = self.wrong + self.right
        return self.wrong / judged if judged else None


def precision(project: Project) -> Precision:
    """Over all searches of a project. Counted once the issue is closed and the picture is decided."""
    closed = Q(issue__closed_at__isnull=False, candidate__state=Candidate.State.DECIDED)
    found = Doubt.objects.filter(candidate__project=project, issue__isnull=False).aggregate(
        sent=Count("pk"),
        wrong=Count("pk", filter=closed & ~Q(candidate__label=F("label"))),
        right=Count("pk", filter=closed & Q(candidate__label=F("label"))),
    )
    return Precision(**found)


@dataclass(frozen=True)
class DoubtView:
    """A doubt with the names of its classes and the pictures beside it."""

    doubt: Doubt
    nearest: list[Candidate]
    predicted: LabelClass | None
    around: LabelClass | None

    @property
    def sure(self) -> float:
        return float(self.doubt.evidence["predicted_probability"])

    @property
    def others(self) -> int:
        return round(self.doubt.evidence["neighbours_other"] * len(self.doubt.evidence["nearest"]))

    @property
    def outcome(self) -> str:
        """ "": not sent; else open, wrong, right or waiting."""
        issue: DataIssue | None = self.doubt.issue
        if issue is None:
            return ""
        if issue.closed_at is None:
            return "open"
        candidate = self.doubt.candidate
        if candidate.state != Candidate.State.DECIDED:
            return "waiting"
        return "right" if candidate.label_id == self.doubt.label_id else "wrong"


def doubts_of(job: Job) -> QuerySet[Doubt]:
    return (
        Doubt.objects.filter(job=job)
        .select_related("candidate__image__source", "candidate__label", "label", "issue")
        .order_by("rank")
    )


def doubt_views(project: Project, rows: list[Doubt], beside: int = 6) -> list[DoubtView]:
    """Doubts with their neighbours; two queries for all of them."""
    by_slug = {label.slug: label for label in project.classes.all()}
    ids = {pk for row in rows for pk in row.evidence["nearest"][:beside]}
    known = {one.pk: one for one in with_pictures(project, list(ids))}
    return [
        DoubtView(
            row,
            [known[pk] for pk in row.evidence["nearest"][:beside] if pk in known],
            by_slug.get(row.evidence["predicted"]),
            by_slug.get(row.evidence["neighbours_label"]),
        )
        for row in rows
    ]
