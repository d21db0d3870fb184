"""What was said in Label Studio, as votes: one for each annotation, under the rules of every vote.

A vote's id is made of the project, the picture and the annotation's id (UUID version 5), so a file that is
taken in twice adds nothing. Votes that were exported from here come back as themselves.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from uuid import UUID, uuid5

from django.utils.translation import gettext as _

from curation.errors import Refused
from curation.models import Candidate, LabelClass, Project, Role, User, Vote
from curation.services import audit
from curation.services.exports.pictures import chunks
from curation.services.labels.rehearsal import Rehearsal
from curation.services.labels.tasks import SHA256, Problem, Said, Task, Wrong, read_file, said, task_of
from curation.services.review import Outcome, record_votes
from curation.services.vote_rules import NewVote

NAMESPACE = UUID("7b1f5a52-6d0e-5f0c-9a53-2f1c8d3e4b60")
AT_ONCE = 500  # tasks whose pictures are looked up together
MOST_SHOWN = 1_000  # problems kept, and rows of what went in
NOBODY = "stands for nobody: name them in --users or --as-user"
Recorder = Callable[[User, list[NewVote]], list[Outcome]]


@dataclass(frozen=True)
class Taken:
    """One annotation that went in, or was here before. user: nobody for a vote that was exported here."""

    task: int
    sha256: str
    label: LabelClass
    user: User | None
    known: bool


@dataclass
class Report:
    """What became of a file. known: votes that were here before; cancelled: annotations that say nothing."""

    file: str
    tasks: int = 0
    saved: int = 0
    known: int = 0
    cancelled: int = 0
    problems: list[Problem] = field(default_factory=list)
    more: int = 0
    rows: list[Taken] = field(default_factory=list)

    def took(self, row: Taken) -> None:
        self.saved += not row.known
        self.known += row.known
        if len(self.rows) < MOST_SHOWN:
            self.rows.append(row)

    def problem(self, problem: Problem) -> None:
        if len(self.problems) < MOST_SHOWN:
            self.problems.append(problem)
        else:
            self.more += 1

    @property
    def wrong(self) -> int:
        return len(self.problems) + self.more

    def as_dict(self) -> dict[str, Any]:
        return {
            "file": self.file,
            "tasks": self.tasks,
            "saved": self.saved,
            "known": self.known,
            "cancelled": self.cancelled,
            "problems": [vars(problem) for problem in self.problems],
            "problems_not_listed": self.more,
        }


class People:
    """Who an annotator is here: by the map, else `everybody`. nobody: the rule that others break."""

    def __init__(
        self, users: Mapping[str, User], everybody: User | None = None, nobody: str = NOBODY
    ) -> None:
        self._users, self._everybody, self._nobody = users, everybody, nobody

    def find(self, who: str, place: int) -> User:
        found = self._users.get(who, self._everybody)
        if found is None:
            raise Wrong(f"annotations[{place}].completed_by", who, self._nobody)
        return found


def voter_named(name: str) -> User:
    """Raises Refused for a user name that nobody has, or whose role casts no votes."""
    user = User.objects.filter(username=name).first() if "\0" not in name else None
    if user is None:
        raise Refused(_("There is no user %(name)r.") % {"name": name})
    if Role(user.role).rank < Role.CURATOR.rank:
        raise Refused(
            _("User %(name)r is %(role)s; votes need the role curator.")
            % {"name": name, "role": Role(user.role).label.lower()}
        )
    return user


def read_map(path: Path) -> dict[str, User]:
    """Annotator -> user, of lines `EMAIL or id <tab> user name`. Raises Refused with the number of a line."""
    found: dict[str, User] = {}
    with path.open(encoding="utf-8-sig") as file:
        for number, text in enumerate(file, 1):
            line = text.rstrip("\n").split("\t")
            try:
                if len(line) != 2 or not all(line):
                    raise Refused(_("expected two cells, annotator and user name, with a tab between"))
                if line[0] in found:
                    raise Refused(_("%(who)r stands there already") % {"who": line[0]})
                found[line[0]] = voter_named(line[1])
            except Refused as refusal:
                raise Refused(f"{path.name}, line {number}: {refusal.message}") from refusal
    return found


def take_in(
    project: Project,
    path: Path,
    people: People,
    actor: User | None = None,
    *,
    name: str = "",
    rehearse: bool = False,
) -> Report:
    """Take the annotations of a file in as votes of a project. name: of the file, for people. rehearse: say
    what would become of it, and keep nothing.

    What is wrong is in the report, with its task; everything else goes in. Each vote is a transaction of its
    own: a run that was killed goes on where it ended.
    """
    report = Report(name or path.name)
    record: Recorder = Rehearsal() if rehearse else record_votes
    classes = _classes(project)
    pictures = Pictures(project)
    for some in chunks(_tasks(path, report), AT_ONCE):
        pictures.look_up(some)
        for task in some:
            try:
                candidate = pictures.find(task)
            except Wrong as wrong:
                report.problem(wrong.at(task.number))
                continue
            for place, annotation in enumerate(task.annotations, 1):
                try:
                    one = said(annotation, place)
                    _take(project, candidate, task, one, place, people, classes, report, record)
                except Wrong as wrong:
                    report.problem(wrong.at(task.number))
    if rehearse:
        return report
    audit.record(
        actor, "labels.import", project.key, project, file=report.file, tasks=report.tasks,
        saved=report.saved, known=report.known, problems=report.wrong,
    )  # fmt: skip
    return report


def _tasks(path: Path, report: Report) -> Iterator[Task]:
    try:
        for number, value in read_file(path):
            report.tasks = number
            try:
                yield task_of(number, value)
            except Wrong as wrong:
                report.problem(wrong.at(number))
    except Wrong as wrong:
        report.problem(wrong.at(0))


def _take(
    project: Project,
    candidate: tuple[int, str],
    task: Task,
    one: Said | None,
    place: int,
    people: People,
    classes: Mapping[str, LabelClass],
    report: Report,
    record: Recorder,
) -> None:
    if one is None:
        report.cancelled += 1
        return
    pk, sha256 = candidate
    label = classes.get(one.choice)
    if label is None:
        slugs = ", ".join(dict.fromkeys(each.slug for each in classes.values()))
        raise Wrong(f"annotations[{place}].result.value.choices", one.choice, f"expected one of {slugs}")
    if _is_ours(pk, one, label):
        report.took(Taken(task.number, sha256, label, None, known=True))
        return
    user = people.find(one.who, place)
    vote = NewVote(
        id=uuid5(NAMESPACE, f"{project.key} {sha256} {ascii(one.id)}"),
        candidate=pk,
        kind=Vote.Kind.LABEL,
        label=label.key,
        label_id=label.pk,
        milliseconds=one.milliseconds,
    )
    [outcome] = record(user, [vote])
    if outcome.status == "refused":
        raise Wrong(f"annotations[{place}]", one.choice, f"{user.username}: {outcome.message}")
    report.took(Taken(task.number, sha256, label, user, known=outcome.status == "duplicate"))


def _is_ours(candidate: int, one: Said, label: LabelClass) -> bool:
    """Whether it is a vote of this database that was exported."""
    try:
        pk = UUID(one.result)
    except ValueError:
        return False
    return Vote.objects.filter(pk=pk, candidate=candidate, label=label).exists()


def _classes(project: Project) -> dict[str, LabelClass]:
    """By slug, by name, and by former names that no class has now."""
    labels = list(project.classes.order_by("index"))
    found = {former: label for label in labels for former in label.former_names}
    return found | {label.name: label for label in labels} | {label.slug: label for label in labels}


class Pictures:
    """The candidates of a project by what a task may call them."""

    def __init__(self, project: Project) -> None:
        self._project = project
        self._by_sha256: dict[str, tuple[int, str]] = {}
        self._by_address: dict[str, list[tuple[int, str]]] = {}
        self._by_name: dict[str, list[tuple[int, str]]] | None = None

    def look_up(self, tasks: list[Task]) -> None:
        """One query for the SHA-256 of these tasks, and one for the addresses of those without."""
        candidates = Candidate.objects.filter(project=self._project)
        wanted = {task.sha256 for task in tasks if task.sha256}
        wanted |= {stem for task in tasks if not task.sha256 for stem in _stems(task)}
        rows = candidates.filter(image__sha256__in=wanted).values_list("pk", "image__sha256")
        self._by_sha256 = {sha256: (pk, sha256) for pk, sha256 in rows}
        self._by_address = {}
        addresses = {task.image for task in tasks if not task.sha256 and _storable(task.image)}
        asked = candidates.filter(image__access_uri__in=addresses) if addresses else candidates.none()
        for pk, sha256, address in asked.values_list("pk", "image__sha256", "image__access_uri"):
            self._by_address.setdefault(address, []).append((pk, sha256))

    def find(self, task: Task) -> tuple[int, str]:
        """Id and SHA-256. Raises Wrong for a picture that is not in the project, or may be one of several."""
        if task.sha256:
            if task.sha256 not in self._by_sha256:
                raise Wrong("sha256", task.sha256, f"no picture of {self._project.key} has it")
            return self._by_sha256[task.sha256]
        for stem in _stems(task):
            if stem in self._by_sha256:
                return self._by_sha256[stem]
        for found in (self._by_address.get(task.image), *map(self._named, task.names)):
            if found:
                if len(found) > 1:
                    rule = f"{len(found)} pictures of {self._project.key} are called so; name the sha256"
                    raise Wrong("data.image", task.image, rule)
                return found[0]
        raise Wrong("data.image", task.image, f"no picture of {self._project.key} is called so")

    def _named(self, name: str) -> list[tuple[int, str]] | None:
        if self._by_name is None:
            self._by_name = {}
            rows = Candidate.objects.filter(project=self._project)
            for pk, sha256, given in rows.values_list("pk", "image__sha256", "image__original_name"):
                for each in {given, given.rpartition("/")[2]}:
                    self._by_name.setdefault(each, []).append((pk, sha256))
        return self._by_name.get(name)


def _stems(task: Task) -> list[str]:
    """SHA-256 that its file may be named by."""
    stems = (name.partition(".")[0] for name in task.names)
    return [stem for stem in stems if SHA256.fullmatch(stem)]


def _storable(text: str) -> bool:
    """Whether PostgreSQL can compare with it: no NUL, no half of a surrogate pair."""
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return bool(text) and "\0" not in text
