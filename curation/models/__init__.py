"""The nouns of Vasculum, one a file."""

from curation.models.audit import AuditEntry
from curation.models.batches import Batch, BatchProblem
from curation.models.candidates import Candidate, Claim, Prediction
from curation.models.images import Image
from curation.models.jobs import Job, JobLog
from curation.models.media import Host, MediaRecord
from curation.models.people import Role, User
from curation.models.projects import LabelClass, Project
from curation.models.releases import Export, Release, ReleaseMember, Split
from curation.models.runs import ModelVersion
from curation.models.sources import Licence, LicenceText, Source, SourceRule
from curation.models.votes import Decision, Vote

__all__ = [
    "AuditEntry",
    "Batch",
    "BatchProblem",
    "Candidate",
    "Claim",
    "Decision",
    "Export",
    "Host",
    "Image",
    "Job",
    "JobLog",
    "LabelClass",
    "Licence",
    "LicenceText",
    "MediaRecord",
    "ModelVersion",
    "Prediction",
    "Project",
    "Release",
    "ReleaseMember",
    "Role",
    "Source",
    "SourceRule",
    "Split",
    "User",
    "Vote",
]
