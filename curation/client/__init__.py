"""The API of Vasculum from Python, typed. Needs httpx and nothing else of this package: it can be copied.

    from curation.client import Client

    with Client("https://vasculum.example.org", token="vas_…") as vasculum:
        for release in vasculum.releases():
            print(release.name, release.pictures)

docs/api.md has an example for each thing that it can do.
"""

from curation.client.client import Client
from curation.client.errors import (
    ApiError,
    JobFailed,
    NotAllowed,
    NotFound,
    RefusedByRule,
    RequestInvalid,
    TooManyRequests,
)
from curation.client.shapes import (
    Assignment,
    AuditEntry,
    Batch,
    Candidate,
    Column,
    Decision,
    Difference,
    Evaluation,
    Export,
    Issue,
    Job,
    LabelClass,
    Licence,
    Member,
    Model,
    NewVote,
    Outcome,
    Person,
    Picture,
    Project,
    Release,
    Run,
    Score,
    Screening,
    Source,
    Table,
    Tag,
    Vote,
    Webhook,
)
from curation.client.signatures import BadSignature, signature, verify

__all__ = [
    "Table",
    "Person",
    "Difference",
    "Decision",
    "Column",
    "Batch",
    "AuditEntry",
    "Assignment",
    "ApiError",
    "BadSignature",
    "Candidate",
    "Client",
    "Evaluation",
    "Export",
    "Issue",
    "Job",
    "JobFailed",
    "LabelClass",
    "Licence",
    "Member",
    "Model",
    "NewVote",
    "NotAllowed",
    "NotFound",
    "Outcome",
    "Picture",
    "Project",
    "RefusedByRule",
    "Release",
    "RequestInvalid",
    "Run",
    "Score",
    "Screening",
    "Source",
    "Tag",
    "TooManyRequests",
    "Vote",
    "Webhook",
    "signature",
    "verify",
]
