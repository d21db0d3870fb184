"""Who did it: every address with which leads and admins change something leaves a row that says so.

test_acts.py does each of these acts and looks for the row.
"""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from django.conf import settings
from django.urls import reverse

from curation.models import AuditEntry
from tests.curation.conftest import AsRole
from tests.security.roles import WRITES, name_of, patterns, table
from tests.security.test_permissions import address

pytestmark = pytest.mark.django_db

# What stays of each: actions of audit rows; `job`: a Job, which keeps who asked for it, and job.start;
# `reads`: a page whose address takes a POST for a GET, or a look ahead; `rows`: rows of its own with the
# person in them.
LEAVES = {
    "project_new": "project.new",
    "person_new": "person.add",
    "person": "person.role person.activate person.deactivate person.password person.unlock "
    "person.totp.reset person.email person.unlink",
    "people": "reads",
    "invitations": "invitation.add invitation.revoke",
    "batches": "reads",
    "batch": "batch.discard batch.retry source.batch job",
    "batch_new": "job",
    "batch_undo": "batch.undo",
    "batch_tsv": "reads",
    "derive_corruptions": "job",
    "derive_crops": "job",
    "hosts": "host.polite host.unpause",
    "source_new": "source.add",
    "source_edit": "source.edit",
    "source_rules": "source.rule.add source.batch",
    "source_rule_new": "source.rule.add",
    "source_rule": "source.rule.change",
    "source_rule_remove": "source.rule.remove",
    "licences": "licence.settle licence.unsettle",
    "licence_text": "licence.settle licence.unsettle",
    "licence_policy": "licence.policy",
    "job_cancel": "job.cancel",
    "job_resume": "job.resume",
    "export_new": "release.export",
    "export_verify": "job",
    "release_page": "release.page",
    "release_page_preview": "reads",
    "release_page_open": "release.open",
    "release_page_close": "release.close",
    "webhooks": "webhook.add",
    "webhook": "webhook.change webhook.remove webhook.renew",
    "agreement": "reads",
    "agreement_measure": "job",
    "gold": "reads",
    "gold_make": "gold.make gold.renew",
    "gold_change": "gold.activate gold.deactivate",
    "label_class": "class.rename",
    "team": "assignment.add assignment.remove",
    "audit": "reads",
    "audit_tsv": "reads",
    "guidelines_edit": "guideline.publish",
    "guidelines_pictures": "reads",
    "guidelines_send_back": "guideline.reopen",
    "issues_close": "issue.close",
    "issue": "issue.close issue.reopen",
    "duplicates": "reads",
    "duplicates_rule": "duplicates.",
    "duplicate_group": "reads",
    "near_pairs": "reads",
    "near_pairs_start": "job",
    "near_pairs_say": "near. near.undo",
    "freeze_start": "reads",
    "release_new": "release.freeze",
    "freeze_ahead": "urgent.send urgent.back",
    "preclassify": "job",
    "model_evaluate": "run.start run.evaluate job",
    "run_new": "run.start",
    "run_cancel": "job.cancel",
    "run_resume": "job.resume",
    "run_soup": "run.start",
    "representation_start": "job",
    "condition_start": "job",
    "doubts": "reads",
    "doubts_send": "urgent.send rows",
    "outliers": "reads",
    "outliers_start": "job",
    "outliers_send": "urgent.send rows",
    "tags_rename": "tags.rename",
    "tags_delete": "tags.delete",
    "labels": "reads",
    "labels_package": "reads",
    "labels_file": "reads",
    "labels_import": "reads",
    "labels_import_check": "labels.import",
    "dashboard_card": "reads",
    "dashboard_card_file": "reads",
}
OTHERS = {"job", "reads", "rows"}


def test_each_address_of_leads_and_admins_says_what_stays_of_it(as_role: AsRole) -> None:
    """Of the API, the views call the same services."""
    admin, lowest = as_role("admin"), table()
    wrong = []
    for pattern, before in patterns():
        name = name_of(pattern)
        if name.startswith("api") or WRITES.get(name, lowest.get(name)) not in {"lead", "admin"}:
            continue
        if name not in LEAVES and admin.post(address(pattern, before)).status_code != 405:
            wrong.append(f"{name}: say in LEAVES what stays of it")
    assert not wrong, "\n".join(wrong)


def test_these_actions_are_written_somewhere() -> None:
    folder = Path(settings.BASE_DIR) / "curation" / "services"
    code = "\n".join(path.read_text() for path in folder.rglob("*.py"))
    words = {word for said in LEAVES.values() for word in said.split()} - OTHERS
    assert [word for word in sorted(words) if not re.search(rf"""f?["']{re.escape(word)}""", code)] == []


def test_what_is_refused_leaves_none(as_role: AsRole) -> None:
    before = AuditEntry.objects.count()
    as_role("admin").post(reverse("person", args=["the-admin"]), {"do": "deactivate"})
    as_role("lead").post(reverse("person_new"), {"username": "x", "role": "admin"})
    assert AuditEntry.objects.count() == before
