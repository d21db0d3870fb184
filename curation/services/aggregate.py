"""One answer from many votes, by models of who errs how (crowd-kit). Advice: decisions stay as they are."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

from django.db import transaction
from django.urls import reverse
from django.utils.translation import gettext as _

from curation.errors import Refused
from curation.models import Advice, Aggregation, Candidate, Job, Project, User
from curation.services.agreement import counting_votes
from curation.services.jobs import create_job, under_way
from curation.services.progress import Progress

if TYPE_CHECKING:
    import pandas as pd

CHUNK = 2000


def request_aggregation(
    project: Project, user: User | None = None, method: str = Aggregation.Method.DAWID_SKENE
) -> Job:
    """The job that aggregates the project's votes; the one under way where there is one already."""
    if method not in Aggregation.Method.values:
        known = ", ".join(Aggregation.Method.values)
        raise Refused(f"Aggregation {method!r} is not known. Known are {known}.")
    with transaction.atomic():
        params = {"project": project.key, "method": str(method)}
        words = {"project": project.title, "method": Aggregation.Method(method).label}
        return under_way(Job.Kind.AGGREGATE, project, params) or create_job(
            Job.Kind.AGGREGATE,
            _("Votes of %(project)s put together by %(method)s") % words,
            params=params,
            unit="steps",
            created_by=user,
        )


def run(job: Job, progress: Progress) -> dict[str, Any]:
    """The job's work."""
    project = Project.objects.filter(key=job.params["project"]).first()
    if project is None:
        raise Refused(f"There is no project {job.params['project']!r} any more.")
    method = Aggregation.Method(job.params["method"])
    progress.begin(total=3, done=0, unit="steps")
    progress.result_url = reverse("agreement", args=[project.key])
    votes = read_votes(project)
    if votes.empty:
        raise Refused(f"{project} has no votes yet that could be put together: review pictures first.")
    progress.advance()
    fitted = fit(method, votes)
    progress.advance()
    given = _store(job, project, method, votes, fitted)
    progress.advance()
    progress.log(f"{len(votes):,} votes on {len(fitted.answers):,} pictures, advice for {given:,} of them.")
    return {"votes": len(votes), "pictures": len(fitted.answers), "advice": given}


class Fitted(NamedTuple):
    """`answers`: task -> likeliest class and its probability. `skill`: worker -> the method's own figure."""

    answers: dict[int, tuple[int, float]]
    skill: dict[int, float]


def read_votes(project: Project) -> pd.DataFrame:
    """Task, worker and label of every vote that counts now, in the order crowd-kit wants them."""
    import pandas as pd

    rows = counting_votes(project).order_by("candidate_id", "created_at", "pk")
    return pd.DataFrame.from_records(
        list(rows.values_list("candidate_id", "user_id", "label_id")), columns=["task", "worker", "label"]
    )


def fit(method: str, votes: pd.DataFrame) -> Fitted:
    """Let one aggregation of crowd-kit answer."""
    import pandas as pd
    from crowdkit import aggregation as crowd

    made: Any
    match method:
        case Aggregation.Method.DAWID_SKENE:
            made = crowd.DawidSkene(n_iter=100)
        case Aggregation.Method.ONE_COIN:
            made = crowd.OneCoinDawidSkene(n_iter=100)
        case Aggregation.Method.GLAD:
            made = crowd.GLAD(n_iter=100)
        case Aggregation.Method.MACE:
            made = crowd.MACE(random_state=0)
        case Aggregation.Method.WAWA:
            made = crowd.Wawa()
        case _:
            made = crowd.MajorityVote()
    # MACE takes reviewers and classes partly in the order they come and partly sorted: numbered as they come,
    # both are one.
    tasks, workers, labels = (pd.factorize(votes[name]) for name in ("task", "worker", "label"))
    coded = pd.DataFrame({"task": tasks[0], "worker": workers[0], "label": labels[0]})
    if method == Aggregation.Method.WAWA:
        # Its own predict asks scikit-learn for what it no longer finds; it is a majority weighted by skill.
        chances = crowd.MajorityVote().fit_predict_proba(coded, skills=made.fit(coded).skills_)
    else:
        chances = made.fit_predict_proba(coded)
    best, high = chances.idxmax(axis=1), chances.max(axis=1).clip(0, 1)
    answers = {int(task): (int(best[task]), float(high[task])) for task in chances.index}
    skill = _skill(method, made, answers, coded)
    return Fitted(
        {int(tasks[1][task]): (int(labels[1][label]), chance) for task, (label, chance) in answers.items()},
        {int(workers[1][worker]): value for worker, value in skill.items()},
    )


def _skill(
    method: str, made: Any, answers: dict[int, tuple[int, float]], votes: pd.DataFrame
) -> dict[int, float]:
    """How good the method takes each reviewer to be: a probability to be right, for GLAD its own alpha."""
    workers = sorted(votes.worker.unique())
    match method:
        case Aggregation.Method.GLAD:
            found = dict(made.alphas_)
        case Aggregation.Method.MACE:  # the part of votes that are no guess
            found = dict(zip(workers, made.spamming_[:, 1], strict=True))
        case Aggregation.Method.WAWA:
            found = dict(made.skills_)
        case Aggregation.Method.DAWID_SKENE | Aggregation.Method.ONE_COIN:
            found = {worker: _right(made.errors_.loc[worker], made.priors_) for worker in workers}
        case _:
            right = votes.label == votes.task.map(lambda task: answers[task][0])
            found = dict(right.groupby(votes.worker).mean())
    return {int(worker): float(value) for worker, value in found.items()}


def _right(errors: pd.DataFrame, priors: pd.Series[float]) -> float:
    """The probability to be right, each class as often as it is. `errors`: a row what was said, a column what
    it truly is; a class without a row was never said, so never rightly."""
    return sum(
        float(share) * float(errors.at[label, label])
        for label, share in priors.items()
        if label in errors.index and label in errors.columns
    )


def _store(
    job: Job, project: Project, method: Aggregation.Method, votes: pd.DataFrame, fitted: Fitted
) -> int:
    """Keep the run in the place of the last one by this method. Returns how many candidates get advice."""
    per_task = votes.task.value_counts()
    answered = votes.task.map({task: label for task, (label, _chance) in fitted.answers.items()})
    # A single vote always agrees with what is made of it alone.
    shared = votes.task.map(per_task) >= 2
    table = votes[shared].groupby(["worker", answered[shared].rename("answer"), "label"]).size()
    confusion: dict[int, list[list[int]]] = {int(worker): [] for worker in votes.worker.unique()}
    for (worker, answer, said), n in table.items():
        confusion[int(worker)].append([int(answer), int(said), int(n)])
    shares: dict[int, int] = {}
    for label, _chance in fitted.answers.values():
        shares[label] = shares.get(label, 0) + 1
    data = {
        "reviewers": [
            {
                "user": worker,
                "n": sum(n for *_, n in cells),
                "agreed": sum(n for answer, said, n in cells if answer == said),
                "skill": fitted.skill.get(worker),
                "confusion": cells,
            }
            for worker, cells in sorted(confusion.items())
        ],
        "classes": [[label, n] for label, n in sorted(shares.items())],
        "pictures": len(fitted.answers),
    }
    with transaction.atomic():
        Project.objects.select_for_update(no_key=True).get(pk=project.pk)
        Aggregation.objects.filter(project=project, method=method).delete()
        kept = Aggregation.objects.create(
            project=project, method=method, job=job, votes=len(votes), data=data
        )
        decided = dict(Candidate.objects.filter(project=project).values_list("pk", "label_id"))
        rows = [
            Advice(aggregation=kept, candidate_id=task, label_id=label, probability=chance)
            for task, (label, chance) in fitted.answers.items()
            if task in decided and (per_task[task] >= 2 or decided[task] not in (None, label))
        ]
        Advice.objects.bulk_create(rows, batch_size=CHUNK)
    return len(rows)
