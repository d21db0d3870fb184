"""What the database refuses, whoever asks."""

from __future__ import annotations

import uuid

import pytest
from django.db import IntegrityError, connection, transaction
from django.utils import timezone

from curation.models import (
    AuditEntry,
    Candidate,
    Claim,
    Decision,
    Image,
    Release,
    ReleaseMember,
    Vote,
)
from tests.factories import make_candidate, make_decided, make_image, make_project, make_user

pytestmark = pytest.mark.django_db


def refused(match: str):
    """The body must be refused by the database with this text; the transaction stays usable."""
    return _Refused(match)


class _Refused:
    def __init__(self, match: str) -> None:
        self.raises = pytest.raises(IntegrityError, match=match)
        self.savepoint = transaction.atomic()

    def __enter__(self) -> None:
        self.raises.__enter__()
        self.savepoint.__enter__()

    def __exit__(self, *error: object) -> bool:
        self.savepoint.__exit__(*error)
        return bool(self.raises.__exit__(*error))


def make_release(manifest: str = "") -> Release:
    return Release.objects.create(
        name=f"r-{uuid.uuid4().hex[:8]}",
        project=make_project(),
        seed=1,
        train=1,
        test=1,
        validate=1,
        software="test",
        manifest_sha256=manifest,
    )


def make_member(release: Release, split: str = "train", leak_group: str = "g") -> ReleaseMember:
    image = make_image()
    return ReleaseMember.objects.create(
        release=release,
        image=image,
        split=split,
        sha256=image.sha256,
        category_index=0,
        category="class-a",
        category_name="Class A",
        source="S",
        source_kind="herbarium",
        licence="CC-BY-4.0",
        original_name="a.jpg",
        leak_group=leak_group,
    )


class TestHistoryIsAppendOnly:
    def test_votes(self) -> None:
        project = make_project()
        vote = make_decided(project, project.classes.get(index=0), make_user()).vote_rows.get()
        with refused("curation_vote is append-only: UPDATE"):
            Vote.objects.filter(pk=vote.pk).update(milliseconds=1)
        with refused("curation_vote is append-only: DELETE"), connection.cursor() as cursor:
            cursor.execute("DELETE FROM curation_vote WHERE id = %s", [vote.pk])

    def test_decisions(self) -> None:
        project = make_project()
        candidate = make_decided(project, project.classes.get(index=0), make_user())
        with refused("curation_decision is append-only: UPDATE"):
            Decision.objects.filter(candidate=candidate).update(rule="adjudicated")
        with refused("curation_decision is append-only: DELETE"), connection.cursor() as cursor:
            cursor.execute("DELETE FROM curation_decision")

    def test_audit(self) -> None:
        AuditEntry.objects.create(action="a", subject="b")
        with refused("curation_auditentry is append-only: UPDATE"):
            AuditEntry.objects.update(action="c")
        with refused("curation_auditentry is append-only: DELETE"), connection.cursor() as cursor:
            cursor.execute("DELETE FROM curation_auditentry")

    @pytest.mark.parametrize("table", ["vote", "decision", "auditentry", "release", "releasemember"])
    def test_truncate(self, table: str) -> None:
        with connection.cursor() as cursor:
            cursor.execute(f"ALTER TABLE curation_{table} ENABLE TRIGGER no_truncate")
        with refused("append-only: TRUNCATE"), connection.cursor() as cursor:
            cursor.execute(f"TRUNCATE curation_{table} CASCADE")


class TestLabelBelongsToProject:
    def test_vote(self) -> None:
        ours, theirs = make_project(), make_project()
        candidate = make_candidate(ours)
        with refused("class .* is of project"):
            Vote.objects.create(
                id=uuid.uuid4(),
                candidate=candidate,
                user=make_user(),
                kind="label",
                label=theirs.classes.get(index=0),
            )

    def test_candidate(self) -> None:
        ours, theirs = make_project(), make_project()
        candidate = make_decided(ours, ours.classes.get(index=0), make_user())
        with refused("class .* is of project"):
            Candidate.objects.filter(pk=candidate.pk).update(label=theirs.classes.get(index=0))


class TestCandidate:
    def test_decided_has_a_label(self) -> None:
        candidate = make_candidate(make_project())
        with refused("candidate_label_iff_decided"):
            Candidate.objects.filter(pk=candidate.pk).update(state="decided")

    def test_once_per_project(self) -> None:
        candidate = make_candidate(make_project())
        with refused("candidate_once_per_project"):
            make_candidate(candidate.project, candidate.image)

    def test_a_slot_is_held_once(self) -> None:
        candidate, now = make_candidate(make_project()), timezone.now()
        times = {"claimed_at": now, "expires_at": now}
        Claim.objects.create(candidate=candidate, slot=1, user=make_user(), tab=uuid.uuid4(), **times)
        with refused("claim_slot_once"):
            Claim.objects.create(candidate=candidate, slot=1, user=make_user(), tab=uuid.uuid4(), **times)


class TestImage:
    @pytest.mark.parametrize("field", ["source", "licence"])
    def test_needs_source_and_licence(self, field: str) -> None:
        image = make_image()
        with refused("null value in column"):
            Image.objects.filter(pk=image.pk).update(**{field: None})

    def test_sha256_is_unique(self) -> None:
        image = make_image()
        with refused("unique"):
            make_image(sha256=image.sha256)


class TestReleaseIsFrozen:
    def test_no_change_after_freezing(self) -> None:
        release = make_release()
        member = make_member(release)
        Release.objects.filter(pk=release.pk).update(manifest_sha256="a" * 64)
        with refused("is frozen: UPDATE"):
            Release.objects.filter(pk=release.pk).update(seed=2)
        with refused("is frozen: DELETE"), connection.cursor() as cursor:
            cursor.execute("DELETE FROM curation_release WHERE id = %s", [release.pk])
        with refused("no member can be added"):
            make_member(release)
        with refused("append-only: UPDATE"):
            ReleaseMember.objects.filter(pk=member.pk).update(split="test")
        with refused("append-only: DELETE"), connection.cursor() as cursor:
            cursor.execute("DELETE FROM curation_releasemember WHERE id = %s", [member.pk])

    def test_a_leaking_release_cannot_be_frozen(self) -> None:
        release = make_release()
        make_member(release, "train", "same")
        make_member(release, "test", "same")
        with refused("leaks: group same"):
            Release.objects.filter(pk=release.pk).update(manifest_sha256="a" * 64)

    def test_groups_within_one_split_are_fine(self) -> None:
        release = make_release()
        make_member(release, "train", "same")
        make_member(release, "train", "same")
        make_member(release, "test", "other")
        assert Release.objects.filter(pk=release.pk).update(manifest_sha256="a" * 64) == 1
