"""Programs with tokens."""

from __future__ import annotations

import io
from collections.abc import Callable
from typing import Any

import pytest
import yaml
from django.core.management import call_command
from django.test import Client

from curation.models import Scope, User
from curation.services.tokens import make_token
from tests.factories import make_user

Program = Callable[..., Client]


@pytest.fixture(scope="session")
def described() -> dict[str, Any]:
    """The description of the API. Fails on the first warning."""
    out = io.StringIO()
    call_command("spectacular", "--fail-on-warn", "--validate", stdout=out)
    made: dict[str, Any] = yaml.safe_load(out.getvalue())
    return made


@pytest.fixture
def program(db: None) -> Program:
    """`program(user, "read", …)`: a client with a token of these scopes; all that the role has where none is
    named. It refuses cookies, as programs have none."""

    def with_token(user: User, *scopes: str) -> Client:
        wanted = scopes or [scope.value for scope in Scope if user.has_role(scope.role)]
        _row, text = make_token(user, "tests", wanted, 1)
        return Client(headers={"Authorization": f"Bearer {text}"}, enforce_csrf_checks=True)

    return with_token


@pytest.fixture
def reader() -> User:
    return make_user("reader", username="rita")


@pytest.fixture
def lead() -> User:
    return make_user("lead", username="lea")


@pytest.fixture
def admin() -> User:
    return make_user("admin", username="ada")
