"""Fetch what waits to be fetched, from all batches, as one job at a time.

request_download  the job, where none is under way
retry             records that failed for a reason wait again
run               the job's work
wake              a job for what waits without one (called now and then by the scheduler)
"""

from curation.services.download.requests import request_download, retry, wake
from curation.services.download.run import run

__all__ = ["request_download", "retry", "run", "wake"]
