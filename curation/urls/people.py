from __future__ import annotations

from django.urls import URLPattern, URLResolver, path

from curation.views import account, people, second_factor, tokens, webhooks

urlpatterns: list[URLPattern | URLResolver] = [
    path("people/", people.people, name="people"),
    path("people/new/", people.person_new, name="person_new"),
    path("people/<text:username>/", people.person_page, name="person"),
    path("account/password/", account.ChangePassword.as_view(), name="password"),
    path("account/confirm/", second_factor.confirm, name="confirm"),
    path("account/second-factor/", second_factor.second_factor, name="second_factor"),
    path("account/tokens/", tokens.tokens, name="tokens"),
    path("webhooks/", webhooks.webhooks, name="webhooks"),
    path("webhooks/<int:pk>/", webhooks.webhook, name="webhook"),
]
