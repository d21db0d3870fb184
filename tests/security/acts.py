"""Each act of leads and admins, done as the pages and programs do it: one list a scene.

An act is the name of an address, its arguments, what is sent, and the audit entry that has to come of it. The
scenes are those of the tests of each area, so that every address has something real to act upon.
"""

from __future__ import annotations

import json
import uuid
from typing import Any, NamedTuple

from django.utils import timezone

from curation.models import (
    Batch,
    DataIssue,
    Export,
    GoldItem,
    Image,
    Job,
    SourceRule,
    Tag,
    Tagging,
    User,
    Webhook,
    WebhookDelivery,
)
from curation.selectors.duplicates import token
from curation.services import assignments, invitations, second_factor
from curation.services.export import licence_counts
from curation.services.freeze import freeze
from curation.services.labels import uploaded
from curation.services.licences import texts_for
from curation.services.release_page import set_public
from curation.services.send_short import EVERY
from tests.factories import (
    make_candidate,
    make_decided,
    make_image,
    make_project,
    make_source,
    make_user,
)


class Act(NamedTuple):
    """method: of an API address that is told JSON; empty for a form."""

    name: str
    arguments: dict[str, Any]
    data: dict[str, Any]
    leaves: str
    method: str = ""


def job_of(me: User, state: str = "failed", kind: str = "export") -> Job:
    return Job.objects.create(kind=kind, title="x", state=state, created_by=me, finished_at=timezone.now())


def people(me: User) -> list[Act]:
    somebody = make_user("reader", username="somebody")
    gone = make_user("reader", username="gone", is_active=False)
    secret = second_factor.new_secret()
    from tests.curation.sign_in.codes import code_of

    second_factor.switch_on(somebody, secret, code_of(secret), None)
    from allauth.socialaccount.models import SocialAccount

    SocialAccount.objects.create(user=somebody, provider="oidc-x", uid="1")
    made, _token = invitations.create(me, role="reader")
    who = {"username": somebody.username}

    def do(what: str, leaves: str, **more: str) -> Act:
        return Act("person", who, {"do": what} | more, f"person.{leaves}")

    return [
        Act("person_new", {}, {"username": "new-one", "role": "reader"}, "person.add"),
        do("role", "role", role="curator"),
        do("password", "password"),
        do("unlock", "unlock"),
        do("deactivate", "deactivate"),
        do("totp", "totp.reset"),
        do("email", "email", email="s@museum.example"),
        do("unlink", "unlink"),
        Act("person", {"username": gone.username}, {"do": "activate"}, "person.activate"),
        Act("invitations", {}, {"role": "reader", "days": 3}, "invitation.add"),
        Act("invitations", {}, {"revoke": made.pk}, "invitation.revoke"),
        Act("api_people", {}, {"username": "new-one", "role": "reader"}, "person.add", "post"),
        Act("api_person", who, {"role": "curator"}, "person.role", "patch"),
        Act("api_person", who, {"is_active": False}, "person.deactivate", "patch"),
        Act("api_person_factor", who, {}, "person.totp.reset", "post"),
        Act("api_person_unlink", who, {}, "person.unlink", "post"),
        Act("api_person_password", who, {}, "person.password", "post"),
        Act("api_person_let_in", who, {}, "person.unlock", "post"),
        Act("api_invitations", {}, {"role": "reader"}, "invitation.add", "post"),
        Act("api_invitation", {"pk": made.pk}, {}, "invitation.revoke", "delete"),
    ]


def project_acts(me: User) -> list[Act]:
    """What leads and admins do to a project, its classes, people, guidelines, issues, tags and answers."""
    project = make_project(key="p", classes=2, guidelines="Look.")
    label, other = project.classes.order_by("index")
    row, second = make_decided(project, label, me), make_decided(project, label, me)
    issues = [
        DataIssue.objects.create(candidate=one, kind=DataIssue.Kind.OTHER, text="x", opened_by=me)
        for one in (row, second)
    ]
    closed = DataIssue.objects.create(
        candidate=row,
        kind=DataIssue.Kind.OTHER,
        text="y",
        opened_by=me,
        closed_by=me,
        closed_at=timezone.now(),
        resolution="done",
    )
    gold = GoldItem.objects.create(project=project, candidate=row, label=label, created_by=me)
    idle = GoldItem.objects.create(
        project=project, candidate=second, label=label, active=False, created_by=me
    )
    tag = Tag.objects.create(project=project, name="x", created_by=me)
    Tagging.objects.create(tag=tag, candidate=row, by=me)
    named = {"name": "Other", "plural": "Others", "key": label.key, "definition": ""}
    guide = {"based_on": 1, "intro": "Look.", f"text-{label.pk}": "New."}
    said = {"completed_by": "ada", "result": [{"type": "choices", "value": {"choices": [other.slug]}}]}
    open_one = make_candidate(project)
    studio = json.dumps([{"data": {"sha256": open_one.image.sha256}, "annotations": [said]}]).encode()
    sent = uploaded.keep(project, "t.json", len(studio), [studio])
    here = {"key": project.key}
    third = make_decided(project, other, me)
    assigned = assignments.assign(me, make_user("curator"), project)
    back = {"labels": [label.slug], "before": 9, "share": 1.0, "reason": "x"}
    return [
        Act("project_new", {}, {"kind": "condition", "title": "Mercury on sheets"}, "project.new"),
        Act("label_class", here | {"slug": label.slug}, named, "class.rename"),
        Act("team", here, {"user": me.username}, "assignment.add"),
        Act("guidelines_edit", here, guide, "guideline.publish"),
        Act(
            "guidelines_send_back",
            here,
            {"labels": [label.pk], "share": "100", "do": "send", "before": 9, "reason": "x", "last": 2**40},
            "guideline.reopen",
        ),
        Act("agreement_measure", here, {}, "job.start"),
        Act("agreement_measure", here, {"method": "majority"}, "job.start"),
        Act("gold_make", here, {"candidate": third.pk}, "gold.make"),
        Act("gold_change", here | {"pk": gold.pk}, {"do": "deactivate"}, "gold.deactivate"),
        Act("gold_change", here | {"pk": idle.pk}, {"do": "activate"}, "gold.activate"),
        Act("issue", here | {"pk": issues[0].pk}, {"do": "close", "resolution": "done"}, "issue.close"),
        Act("issue", here | {"pk": closed.pk}, {"do": "again"}, "issue.reopen"),
        Act("issues_close", here, {"issue": [one.pk for one in issues], "resolution": "x"}, "issue.close"),
        Act("tags_rename", here | {"pk": tag.pk}, {"name": "y"}, "tags.rename"),
        Act("tags_delete", here | {"pk": tag.pk}, {}, "tags.delete"),
        Act("labels_import_check", here | {"upload": sent}, {"annotator-0": me.username}, "labels.import"),
        Act("api_tag", here | {"pk": tag.pk}, {"name": "z"}, "tags.rename", "patch"),
        Act("api_tag", here | {"pk": tag.pk}, {}, "tags.delete", "delete"),
        Act("api_issue_close", {"pk": issues[0].pk}, {"resolution": "done"}, "issue.close", "post"),
        Act("api_issue_open", {"pk": closed.pk}, {}, "issue.reopen", "post"),
        Act("api_projects", {}, {"kind": "condition", "title": "Mercury"}, "project.new", "post"),
        Act("api_assignments", here, {"user": me.username}, "assignment.add", "post"),
        Act("api_assignment", {"pk": assigned.pk}, {}, "assignment.remove", "delete"),
        Act("team", here, {"remove": assigned.pk}, "assignment.remove"),
        Act("api_policy", here, {"order": "newest"}, "policy.change", "patch"),
        Act("api_agreement", here, {}, "job.start", "post"),
        Act("api_gold", here, {"candidate": third.pk}, "gold.make", "post"),
        Act("api_gold_item", {"pk": gold.pk}, {"active": False}, "gold.deactivate", "patch"),
        Act(
            "api_guidelines",
            here,
            {"intro": "Anew.", "classes": {}, "based_on": 1},
            "guideline.publish",
            "post",
        ),
        Act("api_guidelines_send_back", here, back, "guideline.reopen", "post"),
        Act("api_class", {"pk": label.pk}, {"name": "Other"}, "class.rename", "patch"),
        Act("api_issues_close", here, {"issues": [issues[0].pk], "resolution": "x"}, "issue.close", "post"),
        Act("api_front", here, {"candidates": [open_one.pk]}, "urgent.send", "post"),
    ]


def collection(me: User) -> list[Act]:
    """What admins do to deliveries, hosts, sources, licences, releases and webhooks; and near-duplicates."""
    from curation.models import Host
    from tests.curation.pages.test_batches import tsv
    from tests.curation.pages.test_licences import choices

    project = make_project(key="flora", classes=2, train=1, test=1, validate=1)
    label, other = project.classes.order_by("index")
    for each, slug in (
        (label, "ordinary-sheets"),
        (other, "corrupted"),
    ):  # what corruptions are made of, and are
        each.slug = slug
        each.save()
        for number in range(3):
            make_decided(project, each, me, make_image(source=f"S{number % 2}"))
    source = make_source("S1")
    release = freeze(project, seed=1, created_by=me, name="first")
    shown = freeze(project, seed=5, created_by=me, name="shown")
    set_public(me, shown, True)
    done = Export.objects.create(release=release, format="tfrecord", finished_at=timezone.now())
    batch = Batch.objects.create(kind="list", state="checked", origin="a list", created_by=me)
    failed = Batch.objects.create(kind="list", state="failed", origin="b", job=job_of(me, kind="import"))
    empty = Batch.objects.create(kind="folder", state="done", origin="c", created_by=me)
    host = Host.objects.create(name="a.example", failures=5, paused_until=timezone.now())
    rule = SourceRule.objects.create(institution_code="HERB", source=source, created_by=me)
    text, settled = texts_for(["Ask us first", "On request"]).values()
    hook = Webhook.objects.create(
        url="https://a.example/", events=["release.frozen"], salt="s", created_by=me
    )
    now = timezone.now()
    ends = {"state": "failed", "next_at": now, "ended_at": now}
    delivery = WebhookDelivery.objects.create(
        id=uuid.uuid4(), webhook=hook, event="release.frozen", body="{}", **ends
    )
    pair = [make_image(), make_image()]
    Image.objects.filter(pk__in=[one.pk for one in pair]).update(group=pair[0].sha256)
    group = {"group": pair[0].sha256, "seen": token(one.pk for one in pair)}
    rules = {"dataset_key": "", "institution_code": "K", "collection_code": "", "source": source.code}
    kind = {"kind": "herbarium", "name": "Kew", "country": ""}
    named, hooked, made = {"name": release.name}, {"pk": hook.pk}, {"pk": done.pk}
    make_candidate(project, urgent=True)
    active, ended = job_of(me, "queued"), job_of(me)
    Job.objects.filter(pk=active.pk).update(finished_at=None)
    rows = [{"accessURI": "https://a.example/1.jpg", "license": "CC0"}]
    return [
        Act(
            "batch_new",
            {},
            {
                "upload": str(uuid.uuid4()),
                "project": project.pk,
                "source_kind": "herbarium",
                "files": [tsv(rows)],
            },
            "job.start",
        ),
        Act("batch", {"pk": batch.pk}, {"do": "import"}, "job.start"),
        Act("batch", {"pk": batch.pk}, {"do": "discard"}, "batch.discard"),
        Act(
            "batch",
            {"pk": batch.pk},
            {"do": "state", "all-source": source.pk, "all-licence": "CC0-1.0"},
            "job.start",
        ),
        Act("batch", {"pk": failed.pk}, {"do": "resume"}, "job.resume"),
        Act("batch", {"pk": batch.pk}, {"do": "go-on"}, "job.start"),
        Act("batch_undo", {"pk": empty.pk}, {}, "batch.undo"),
        Act(
            "derive_corruptions",
            {},
            {"project": project.pk, "count": 1, "seed": 3, "kinds": ["block"]},
            "job.start",
        ),
        Act("hosts", {}, {"host": host.name, "do": "save", "wait_seconds": "5"}, "host.polite"),
        Act("hosts", {}, {"host": host.name, "do": "unpause"}, "host.unpause"),
        Act("source_new", {}, kind | {"code": "NEW"}, "source.add"),
        Act("source_edit", {"code": source.code}, kind, "source.edit"),
        Act("source_rules", {}, rules | {"use": ["institution_code"]}, "source.rule.add"),
        Act("source_rule_new", {}, rules, "source.rule.add"),
        Act("source_rule", {"pk": rule.pk}, rules, "source.rule.change"),
        Act("source_rule_remove", {"pk": rule.pk}, {}, "source.rule.remove"),
        Act("licences", {}, {"text": text.pk, "licence": "CC0"}, "licence.settle"),
        Act(
            "licence_text",
            {"pk": settled.pk},
            {"text": settled.pk, "licence": "CC BY 4.0", "reason": "asked"},
            "licence.settle",
        ),
        Act("licence_policy", {"key": project.key}, choices(project, PDM="review"), "licence.policy"),
        Act("job_cancel", {"pk": active.pk}, {}, "job.cancel"),
        Act("job_resume", {"pk": ended.pk}, {}, "job.resume"),
        Act("api_job_cancel", {"pk": active.pk}, {}, "job.cancel", "post"),
        Act("api_job_resume", {"pk": ended.pk}, {}, "job.resume", "post"),
        Act(
            "release_new",
            {"key": project.key},
            {"seed": "2", "by": "split", "train": "1", "test": "1", "validate": "1", "balance": "random"},
            "job.start",
        ),
        Act("api_freeze", {"key": project.key}, {"seed": 3}, "job.start", "post"),
        Act(
            "export_new",
            named,
            {"format": "tfrecord", "licences": list(licence_counts(release))},
            "release.export",
        ),
        Act("api_exports", named, {"format": "tfrecord"}, "release.export", "post"),
        Act("export_verify", made, {}, "job.start"),
        Act("api_export_verify", made, {}, "job.start", "post"),
        Act("release_page", named, {"title": "New"}, "release.page"),
        Act("release_page_open", named, {}, "release.open"),
        Act(
            "webhooks", {}, {"url": "https://93.184.215.14/hook", "events": ["release.frozen"]}, "webhook.add"
        ),
        Act("webhook", hooked, {"do": "off"}, "webhook.change"),
        Act("webhook", hooked, {"do": "secret"}, "webhook.renew"),
        Act("webhook", hooked, {"do": "ping"}, "webhook.ping"),
        Act("webhook", hooked, {"again": str(delivery.pk)}, "webhook.again"),
        Act("webhook", hooked, {"do": "remove"}, "webhook.remove"),
        Act(
            "api_webhooks",
            {},
            {"url": "https://93.184.215.14/hook", "events": ["release.frozen"]},
            "webhook.add",
            "post",
        ),
        Act("api_webhook", hooked, {"active": False}, "webhook.change", "patch"),
        Act("api_webhook", hooked, {}, "webhook.remove", "delete"),
        Act("api_webhook_secret", hooked, {}, "webhook.renew", "post"),
        Act("api_webhook_ping", hooked, {}, "webhook.ping", "post"),
        Act("api_delivery_again", hooked | {"delivery": str(delivery.pk)}, {}, "webhook.again", "post"),
        Act("duplicates_rule", {}, group | {"do": "keep"}, "duplicates.keep"),
        Act("duplicates_rule", {}, group | {"do": "represent", "image": pair[1].pk}, "duplicates.represent"),
        Act("api_sources", {}, {"code": "NEW", "name": "Kew", "kind": "herbarium"}, "source.add", "post"),
        Act("api_source", {"code": source.code}, {"name": "Kew"}, "source.edit", "patch"),
        Act(
            "api_source_rules",
            {},
            {"institution_code": "K", "source": source.code},
            "source.rule.add",
            "post",
        ),
        Act(
            "api_source_rule",
            {"pk": rule.pk},
            {"institution_code": "K", "source": source.code},
            "source.rule.change",
            "put",
        ),
        Act("api_source_rule", {"pk": rule.pk}, {}, "source.rule.remove", "delete"),
        Act("api_licence_text_settle", {"pk": text.pk}, {"licence": "CC0"}, "licence.settle", "post"),
        Act(
            "api_project_licences",
            {"key": project.key},
            {"accepted": ["CC0", "CC-BY"], "review": ["PDM"]},
            "licence.policy",
            "put",
        ),
        Act("api_host", {"name": host.name}, {"wait_seconds": 5}, "host.polite", "put"),
        Act("api_host_unpause", {"name": host.name}, {}, "host.unpause", "post"),
        Act("api_batch_import", {"pk": batch.pk}, {}, "job.start", "post"),
        Act("api_batch_discard", {"pk": batch.pk}, {}, "batch.discard", "post"),
        Act("api_batch_remap", {"pk": batch.pk}, {"source": source.code}, "job.start", "post"),
        Act("api_batch_resume", {"pk": failed.pk}, {}, "job.resume", "post"),
        Act("api_batch_undo", {"pk": empty.pk}, {}, "batch.undo", "post"),
        Act("api_downloads", {}, {}, "job.start", "post"),
        Act("api_corruptions", {"key": project.key}, {"count": 1, "kinds": ["block"]}, "job.start", "post"),
        Act("api_rulings", {}, group | {"do": "keep"}, "duplicates.keep", "post"),
        Act("api_release_page", named, {"title": "New"}, "release.page", "patch"),
        Act("api_release_page_open", named, {}, "release.open", "post"),
        Act("api_release_page_close", {"name": shown.name}, {}, "release.close", "post"),
        Act("release_page_close", {"name": shown.name}, {}, "release.close"),
        Act("api_ahead_back", {"key": project.key}, {}, "urgent.back", "post"),
        Act("freeze_ahead", {"key": project.key}, {"back": EVERY}, "urgent.back"),
    ]
