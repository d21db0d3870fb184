"""Addresses of the API about people and how they review: teams, policy, guidelines, settling, issues."""

from __future__ import annotations

from django.urls import URLPattern, URLResolver, path

from curation.api import adjudicate, guidelines, issues, people, policy, team
from curation.urls import converters  # noqa: F401

API = "api/v1"
PROJECT = f"{API}/projects/<slug:key>"
CANDIDATE = f"{API}/candidates/<int:pk>"
PERSON = f"{API}/people/<text:username>"

urlpatterns: list[URLPattern | URLResolver] = [
    path(f"{API}/people/", people.People.as_view(), name="api_people"),
    path(f"{PERSON}/", people.Person.as_view(), name="api_person"),
    path(f"{PERSON}/password/", people.PersonPassword.as_view(), name="api_person_password"),
    path(f"{PERSON}/let-in/", people.PersonLetIn.as_view(), name="api_person_let_in"),
    path(f"{PERSON}/second-factor/", people.PersonFactor.as_view(), name="api_person_factor"),
    path(f"{PERSON}/unlink/", people.PersonUnlinked.as_view(), name="api_person_unlink"),
    path(f"{API}/invitations/", people.Invitations.as_view(), name="api_invitations"),
    path(f"{API}/invitations/<int:pk>/", people.OneInvitation.as_view(), name="api_invitation"),
    path(f"{PROJECT}/team/", team.Team.as_view(), name="api_team"),
    path(f"{PROJECT}/assignments/", team.Assignments.as_view(), name="api_assignments"),
    path(f"{API}/assignments/<int:pk>/", team.OneAssignment.as_view(), name="api_assignment"),
    path(f"{API}/work/", team.Work.as_view(), name="api_work"),
    path(f"{API}/keys/", team.Keys.as_view(), name="api_keys"),
    path(f"{API}/mentions/", team.Mentions.as_view(), name="api_mentions"),
    path(f"{API}/mentions/seen/", team.MentionsSeen.as_view(), name="api_mentions_seen"),
    path(f"{API}/audit/", team.Audit.as_view(), name="api_audit"),
    path(f"{PROJECT}/policy/", policy.Policy.as_view(), name="api_policy"),
    path(f"{PROJECT}/agreement/", policy.Agreement.as_view(), name="api_agreement"),
    path(f"{PROJECT}/aggregation/", policy.OneAggregation.as_view(), name="api_aggregation"),
    path(f"{PROJECT}/gold/", policy.Gold.as_view(), name="api_gold"),
    path(f"{API}/gold/<int:pk>/", policy.OneGold.as_view(), name="api_gold_item"),
    path(f"{PROJECT}/guidelines/", guidelines.Guidelines.as_view(), name="api_guidelines"),
    path(f"{PROJECT}/guidelines/versions/", guidelines.Versions.as_view(), name="api_guideline_versions"),
    path(
        f"{PROJECT}/guidelines/send-back/",
        guidelines.GuidelinesSendBack.as_view(),
        name="api_guidelines_send_back",
    ),
    path(f"{API}/classes/<int:pk>/", guidelines.OneClass.as_view(), name="api_class"),
    path(f"{PROJECT}/set-aside/", adjudicate.Aside.as_view(), name="api_set_aside"),
    path(f"{CANDIDATE}/case/", adjudicate.Case.as_view(), name="api_case"),
    path(f"{CANDIDATE}/settle/", adjudicate.Settled.as_view(), name="api_settle"),
    path(f"{CANDIDATE}/settle/undo/", adjudicate.SettlementUndone.as_view(), name="api_settle_undo"),
    path(f"{CANDIDATE}/send-back/", adjudicate.SentBack.as_view(), name="api_send_back"),
    path(f"{PROJECT}/issues/", issues.Issues.as_view(), name="api_issues"),
    path(f"{PROJECT}/issues/close/", issues.IssuesClosed.as_view(), name="api_issues_close"),
    path(f"{API}/issues/<int:pk>/close/", issues.IssueClosed.as_view(), name="api_issue_close"),
    path(f"{API}/issues/<int:pk>/open/", issues.IssueOpened.as_view(), name="api_issue_open"),
]
