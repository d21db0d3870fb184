"""The nouns of Vasculum, one a file."""

from curation.models.audit import AuditEntry
from curation.models.batches import Batch, BatchProblem
from curation.models.candidates import Candidate, Claim, Prediction
from curation.models.condition import Region, Screening, SheetScore
from curation.models.features import Doubt, FeatureSet
from curation.models.guidelines import Guideline, GuidelineExample, GuidelineSection
from curation.models.images import Image
from curation.models.issues import Comment, DataIssue, Mention
from curation.models.jobs import Job, JobLog
from curation.models.kept_answers import KeptAnswer
from curation.models.media import Host, MediaRecord
from curation.models.people import Hand, Role, User
from curation.models.projects import Adjudicators, LabelClass, Order, Project, ProjectKind
from curation.models.quality import Advice, Aggregation, AgreementReport, GoldItem
from curation.models.releases import Export, Release, ReleaseLeftOut, ReleaseMember, ReleasePage, Split
from curation.models.runs import Evaluation, ModelVersion, Run
from curation.models.sources import Licence, LicenceText, Source, SourceRule
from curation.models.stored import StoredFile
from curation.models.tags import Tag, Tagging
from curation.models.teams import Assignment, Invitation, Membership
from curation.models.tokens import ApiToken, Scope
from curation.models.unusual import NearPair, Outlier
from curation.models.votes import Decision, Vote
from curation.models.webhooks import Event, Webhook, WebhookDelivery

__all__ = [
    "Adjudicators",
    "Advice",
    "Aggregation",
    "AgreementReport",
    "ApiToken",
    "Assignment",
    "AuditEntry",
    "Batch",
    "BatchProblem",
    "Candidate",
    "Claim",
    "Comment",
    "DataIssue",
    "Decision",
    "Doubt",
    "Evaluation",
    "Event",
    "Export",
    "FeatureSet",
    "GoldItem",
    "Guideline",
    "GuidelineExample",
    "GuidelineSection",
    "Hand",
    "Host",
    "Image",
    "Invitation",
    "Job",
    "JobLog",
    "KeptAnswer",
    "LabelClass",
    "Licence",
    "LicenceText",
    "MediaRecord",
    "Membership",
    "Mention",
    "ModelVersion",
    "NearPair",
    "Order",
    "Outlier",
    "Prediction",
    "Project",
    "ProjectKind",
    "Region",
    "Release",
    "ReleaseLeftOut",
    "ReleaseMember",
    "ReleasePage",
    "Role",
    "Run",
    "Scope",
    "Screening",
    "SheetScore",
    "Source",
    "SourceRule",
    "Split",
    "StoredFile",
    "Tag",
    "Tagging",
    "User",
    "Vote",
    "Webhook",
    "WebhookDelivery",
]
