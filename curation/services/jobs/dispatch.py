"""Messages to the workers. They may get lost or come twice: the row decides what is run."""

from __future__ import annotations

import logging

from kombu.exceptions import ChannelError, OperationalError

from curation.celery import app
from curation.models import Job

logger = logging.getLogger(__name__)

# Left to itself the client tries for six seconds, for which a page that starts a job would hang.
PATIENCE = {
    "max_retries": 2,
    "interval_start": 0.1,
    "interval_step": 0.2,
    "interval_max": 0.5,
    "socket_connect_timeout": 2,
}


def dispatch(job_id: int, queue: str) -> bool:
    """Tell the workers of `queue`; False where the broker cannot be reached (the sweeper tries again)."""
    try:
        with app.connection_for_write(transport_options=PATIENCE) as connection:
            app.send_task(
                "curation.tasks.run_job", args=[job_id], queue=queue, connection=connection, retry=False
            )
    except OperationalError as error:
        logger.warning("Job %s is not dispatched, the sweeper will do it: %s", job_id, error)
        Job.objects.filter(pk=job_id).update(dispatched_at=None)
        return False
    return True


def messages_waiting(queue: str) -> int:
    """Messages that wait in a queue; 0 where the queue does not exist. Raises kombu's OperationalError."""
    with app.connection_for_read(transport_options=PATIENCE) as connection:
        try:
            declared = connection.default_channel.queue_declare(queue, passive=True)
        except ChannelError:
            return 0
        return int(declared.message_count)
