from __future__ import annotations

from django.urls import URLPattern, URLResolver, path

from curation.views import audit, invitations, keys, team

# Before those of people: /people/invitations/ is a page and nobody's user name.
urlpatterns: list[URLPattern | URLResolver] = [
    path("projects/<slug:key>/team/", team.team, name="team"),
    path("work/", team.work, name="work"),
    path("people/invitations/", invitations.invitations, name="invitations"),
    path("invitation/<text:token>/", invitations.invitation, name="invitation"),
    path("audit/", audit.audit, name="audit"),
    path("audit.tsv", audit.audit_tsv, name="audit_tsv"),
    path("account/keys/", keys.keys, name="keys"),
]
