"""Background work: a row first, sent to a worker after the commit, run by whoever holds its lease.

create_job          the row, and its dispatch once the transaction has committed
under_way           the one that does the same already
request_cancel      end it at the next clean point
resume              queue a failed or cancelled one again
run_here_or_follow  for commands: watch it while a worker lives, else do it in this process
execute             what a worker calls
sweep               put back what the broker or a dead worker lost
"""

from curation.services.jobs.follow import run_here_or_follow
from curation.services.jobs.requests import create_job, request_cancel, resume, under_way
from curation.services.jobs.sweeper import sweep
from curation.services.jobs.work import execute

__all__ = ["create_job", "execute", "request_cancel", "resume", "run_here_or_follow", "sweep", "under_way"]
