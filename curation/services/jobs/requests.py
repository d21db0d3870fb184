"""What people ask of jobs: start, cancel, resume."""

from __future__ import annotations

from functools import partial
from typing import Any

from django.db import transaction
from django.db.models.functions import Now
from django.utils.translation import gettext as _

from curation.errors import Refused
from curation.models import Job, Project, User
from curation.services import audit, disk_space
from curation.services.jobs.dispatch import dispatch
from curation.services.jobs.lease import say
from curation.services.webhooks.events import tell_of_job


def create_job(
    kind: str,
    title: str,
    *,
    params: dict[str, Any],
    queue: str = "default",
    total: int | None = None,
    unit: str = "pictures",
    created_by: User | None = None,
) -> Job:
    """A queued job in the caller's transaction; the workers hear of it when that has committed.

    Raises Refused where it would fill a disk that is short of room. What somebody asked for is written to the
    audit rows, beside what the service that asks says of its own act.
    """
    disk_space.check_request(kind)
    with transaction.atomic():
        job = Job.objects.create(
            kind=kind,
            title=title[:200],
            params=params,
            queue=queue,
            total=total,
            unit=unit,
            created_by=created_by,
            dispatched_at=Now(),  # the sweeper asks the database's clock, whatever this machine's says
        )
        job.refresh_from_db(fields=["dispatched_at"])
        if created_by is not None:
            project = Project.objects.filter(key=params["project"]).first() if "project" in params else None
            audit.record(created_by, "job.start", job.pk, project, kind=kind, title=job.title)
        # Should this process die before it has sent the message, the sweeper sends it.
        transaction.on_commit(partial(dispatch, job.pk, queue))
    return job


def under_way(kind: str, project: Project, params: dict[str, Any]) -> Job | None:
    """The job of this kind with these parameters that waits or works.

    Locks the project's row to the end of the caller's transaction: two requests at the same moment must not
    make two jobs.
    """
    Project.objects.select_for_update(no_key=True).get(pk=project.pk)
    return Job.objects.filter(kind=kind, state__in=Job.ACTIVE, params=params).first()


def request_cancel(job: Job, user: User | None) -> Job:
    """Cancel a queued job at once; ask a running one to end at its next clean point.

    Raises Refused for one that has ended. What it has committed stays.
    """
    who = str(user) if user else "the command line"
    with transaction.atomic():
        queued = Job.objects.filter(pk=job.pk, state=Job.State.QUEUED)
        running = Job.objects.filter(pk=job.pk, state=Job.State.RUNNING)
        if queued.update(state=Job.State.CANCELLED, cancel_requested=False, finished_at=Now()):
            say(job.pk, f"Cancelled by {who} before it ran.")
            tell_of_job(job.pk, Job.State.CANCELLED)
        elif running.update(cancel_requested=True):
            say(job.pk, f"{who} asked to cancel it.")
        else:
            job.refresh_from_db()
            raise Refused(
                _("Job %(pk)s cannot be cancelled: it has ended (%(get_state_display)s).")
                % {"pk": job.pk, "get_state_display": job.get_state_display().lower()}
            )
        audit.record(user, "job.cancel", job)
    job.refresh_from_db()
    return job


def resume(job: Job, user: User | None) -> Job:
    """Queue a failed or cancelled job again; it goes on where it was. Raises Refused for any other."""
    with transaction.atomic():
        changed = Job.objects.filter(pk=job.pk, state__in=[Job.State.FAILED, Job.State.CANCELLED]).update(
            state=Job.State.QUEUED,
            cancel_requested=False,
            attempts=0,
            error="",
            finished_at=None,
            dispatched_at=Now(),
        )
        job.refresh_from_db()
        if not changed:
            raise Refused(
                _(
                    "Job %(pk)s cannot be resumed: only a failed or cancelled one can, and it is "
                    "%(get_state_display)s."
                )
                % {"pk": job.pk, "get_state_display": job.get_state_display().lower()}
            )
        say(job.pk, f"Put back in the queue by {user or 'the command line'}.")
        audit.record(user, "job.resume", job)
        transaction.on_commit(partial(dispatch, job.pk, job.queue))
    return job
