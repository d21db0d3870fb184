"""The API under a token: never more than its scopes, and never more than its person's role."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from curation.models import Role, Scope
from curation.services.tokens import make_token, revoke_token
from tests.factories import make_user
from tests.security.roles import patterns
from tests.security.test_permissions import address

pytestmark = pytest.mark.django_db


def bearer(text: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {text}"}


def views() -> list[tuple[Any, str]]:
    """The permission class and an address of everything in the API that takes tokens."""
    found = []
    for pattern, before in patterns():
        view = getattr(pattern.callback, "cls", None)
        if view is not None and hasattr(view.permission_classes[0], "scope_of"):
            found.append((view.permission_classes[0], address(pattern, before)))
    return found


@pytest.mark.parametrize("scope", list(Scope))
def test_a_token_does_what_its_scope_says_and_nothing_else(scope: Scope) -> None:
    """In the hands of an admin, so that only the scope is asked."""
    _row, text = make_token(make_user("admin"), "one", [scope], 1)
    client, wrong = Client(), []
    for permission, url in views():
        for method in ("GET", "POST"):
            response = client.generic(method, url, headers=bearer(text))
            in_scope = permission.scope_of(method) == scope
            refused = response.status_code == 403
            if refused == in_scope and response.status_code != 405:
                wrong.append(f"{method} {url} with {scope}: {response.status_code}")
    assert len(views()) > 40
    assert not wrong, "\n".join(wrong)


def test_a_token_falls_with_the_role_of_its_person() -> None:
    user = make_user("admin")
    _row, text = make_token(user, "all", list(Scope), 1)
    user.role = Role.READER
    user.save()
    for permission, url in views():
        if permission.role_of("GET").rank > Role.READER.rank:
            assert Client().get(url, headers=bearer(text)).status_code in {403, 405}, url


def test_tokens_open_no_page_and_dead_ones_nothing() -> None:
    user = make_user("admin")
    row, text = make_token(user, "all", list(Scope), 1)
    assert Client().get("/people/", headers=bearer(text)).status_code == 302
    first = reverse("api_index")
    assert Client().get(first, headers=bearer(text)).status_code == 200
    assert Client().get(first, headers=bearer(text[:-1])).status_code == 401
    user.is_active = False
    user.save()
    assert Client().get(first, headers=bearer(text)).status_code == 401
    user.is_active = True
    user.save()
    assert revoke_token(row, user)
    assert Client().get(first, headers=bearer(text)).status_code == 401
