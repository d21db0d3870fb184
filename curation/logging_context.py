"""Which request and job a log line belongs to, and how lines look: for people, or one JSON object each."""

from __future__ import annotations

import json
import logging
import re
import traceback
import uuid
from contextvars import ContextVar
from datetime import UTC, datetime

request_id: ContextVar[str] = ContextVar("request_id", default="")
job_id: ContextVar[int | None] = ContextVar("job_id", default=None)

# A child of a Celery pool runs one task at a time, and the threads that a job starts (its heartbeat, pools)
# have contexts of their own: there, what the task said counts for the whole process.
_of_process: dict[str, str | int | None] = {"request_id": "", "job_id": None}

_ACCEPTED = re.compile(r"[A-Za-z0-9._-]{1,64}")
# What `logger.info(..., extra={...})` of ours may add to a JSON line.
EXTRA = ("method", "path", "status", "ms", "user", "task")


def accepted(given: str) -> str:
    """The id that a proxy or a client sent, where it is harmless in a log; else a new one."""
    return given if _ACCEPTED.fullmatch(given) else uuid.uuid4().hex


def of_process(request: str, job: int | None) -> None:
    """What all threads of this process work on from here on."""
    _of_process.update(request_id=request, job_id=job)


class Context(logging.Filter):
    """Adds `request_id` and `job_id` to every record."""

    def filter(self, record: logging.LogRecord) -> bool:
        record.request_id = request_id.get() or _of_process["request_id"]
        job = job_id.get()
        record.job_id = job if job is not None else _of_process["job_id"]
        return True


class LineFormatter(logging.Formatter):
    """Time, level, logger, [request …] [job …] where there are such, message."""

    def __init__(self) -> None:
        super().__init__("{asctime} {levelname} {name}{about} {message}", style="{")

    def format(self, record: logging.LogRecord) -> str:
        request, job = getattr(record, "request_id", ""), getattr(record, "job_id", None)
        record.about = (f" [request {request}]" if request else "") + (f" [job {job}]" if job else "")
        return super().format(record)


class JsonFormatter(logging.Formatter):
    """One line a record whatever its message holds; `error` has the traceback."""

    def format(self, record: logging.LogRecord) -> str:
        found: dict[str, object] = {
            "at": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname,
            "logger": record.name,
            "message": record.getMessage(),
            "process": record.process,
        }
        if request := getattr(record, "request_id", ""):
            found["request_id"] = request
        if (job := getattr(record, "job_id", None)) is not None:
            found["job_id"] = job
        found |= {name: record.__dict__[name] for name in EXTRA if name in record.__dict__}
        if record.exc_info and record.exc_info[1] is not None:
            found["error"] = "".join(traceback.format_exception(record.exc_info[1])).rstrip()
        return json.dumps(found, ensure_ascii=False, default=str)


def configuration(form: str, level: str) -> dict[str, object]:
    """Django's LOGGING. form: `line` or `json`."""
    formatter = {"line": LineFormatter, "json": JsonFormatter}[form]
    return {
        "version": 1,
        "disable_existing_loggers": False,
        "filters": {"context": {"()": Context}},
        "formatters": {"chosen": {"()": formatter}},
        "handlers": {
            "stderr": {
                "class": "logging.StreamHandler",
                "formatter": "chosen",
                "filters": ["context"],
            }
        },
        "root": {"handlers": ["stderr"], "level": level},
        # Every request is in curation.request already; Django's own handlers would say it in another form.
        "loggers": {
            "django": {"handlers": [], "level": "INFO", "propagate": True},
            "django.request": {"handlers": [], "level": "ERROR", "propagate": True},
            "django.server": {"handlers": [], "level": "WARNING", "propagate": True},
        },
    }
