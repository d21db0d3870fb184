"""Every address of the site against every role, reading and writing: from the URL configuration itself."""

from __future__ import annotations

import re
from typing import Any
from uuid import UUID

import pytest
from django.test import Client
from django.urls import URLPattern
from rest_framework.authentication import SessionAuthentication

from curation.models import Role
from tests.curation.conftest import AsRole
from tests.security import roles
from tests.security.roles import ANYBODY, SIGNED_IN, WRITES, name_of, patterns, table

pytestmark = pytest.mark.django_db

# A value for each kind of argument. That nothing is there does not matter: who is not let in must not even
# learn that.
DUMMIES = {
    "int": "999999",
    "slug": "none-such",
    "text": "none-such",
    "str": "none-such",
    "path": "none/such.txt",
    "uuid": str(UUID(int=7)),
    "sha256": "0" * 64,
    "digest": "0" * 64,
    "rendition": "thumb",
}
# Whom these lead to the sign-in page is not kept out by it: they are steps of signing in and out.
TO_THE_DOOR = {"logout", "sign_in_code", "oidc_start"}
# Of somebody else, these are for the role above.
OWN_ALONE = {"dashboard_reviewer", "dashboard_reviewer_csv", "api_figures_reviewer"}
REGEXES = {
    "picture": f"pictures/thumb/{'0' * 64}.webp",
    "signed_picture": f"signed/thumb/{'0' * 64}.webp",
    "api(/.*)?": "api/none-such/",
}


def address(pattern: URLPattern, before: list[Any]) -> str:
    """One address that the pattern matches."""
    if (name := name_of(pattern)) in REGEXES:
        return "/" + REGEXES[name]
    route = "".join(str(part.pattern) for part in [*before, pattern])
    assert not route.startswith("^"), f"{name}: a regular expression needs an address in REGEXES"
    return "/" + re.sub(r"<(?:(\w+):)?\w+>", lambda found: DUMMIES[found[1] or "str"], route)


def coded(pattern: URLPattern) -> tuple[str, str]:
    """The lowest role to read and to write, as the code has it."""
    callback: Any = pattern.callback
    if (view := getattr(callback, "cls", None)) is not None:
        [permission] = view.permission_classes
        if not hasattr(permission, "role_of"):
            return ANYBODY, ANYBODY
        return permission.role_of("GET").value, permission.role_of("POST").value
    if (role := getattr(callback, "needs_role", None)) is not None:
        return role.value, role.value
    role = ANYBODY if getattr(callback, "login_required", True) is False else SIGNED_IN
    return role, role


def test_each_address_has_its_role_in_the_table() -> None:
    expected = table()
    wrong = []
    for pattern, _before in patterns():
        name = name_of(pattern)
        reading, writing = coded(pattern)
        if name not in expected:
            wrong.append(f"{name} is new ({reading} to read, {writing} to write): add it to roles.LOWEST")
        elif (reading, writing) != (wanted := (expected[name], WRITES.get(name, expected[name]))):
            wrong.append(f"{name}: the code lets in {reading}, {writing}; the table says {wanted}")
    gone = set(expected) - {name_of(pattern) for pattern, _before in patterns()}
    assert not wrong, "\n".join(wrong)
    assert not gone, f"in the table, but no address: {sorted(gone)}"


def may(role: str, lowest: str) -> bool:
    if lowest == ANYBODY:
        return True
    if lowest == SIGNED_IN:
        return bool(role)
    return bool(role) and Role(role).rank >= Role(lowest).rank


@pytest.mark.parametrize("method", ["GET", "POST"])
@pytest.mark.parametrize("role", ["", *Role.values])
def test_who_is_let_in(role: str, method: str, as_role: AsRole) -> None:
    """Over HTTP, so that a guard that is named but not asked is seen, too."""
    expected, wrong = table(), []
    signed_in = as_role(role)
    for pattern, before in patterns():
        name, url = name_of(pattern), address(pattern, before)
        if name == "logout" and method == "POST" and role:
            continue  # the rest would be a stranger's
        if name not in expected:
            continue  # the test above says so
        lowest = WRITES.get(name, expected[name]) if method == "POST" else expected[name]
        if may(role, lowest) and role not in {lowest, "", "reader"}:
            continue  # roles are compared by rank: who is let in at the lowest says enough
        response = signed_in.generic(method, url)
        status = response.status_code
        door = status == 302 and response["Location"].startswith("/sign-in/")
        if name in OWN_ALONE and role == lowest:
            right = status == 403
        elif may(role, lowest):
            right = status not in {401, 403} and status < 500 and not (door and name not in TO_THE_DOOR)
        elif name.startswith("api_") and not role:
            right = status in {302, 401, 403}
        else:
            right = status == 403 if role else door
        # Which methods there are is no secret.
        if not right and status != 405:
            wrong.append(f"{method} {url} ({name}) for {role or 'a stranger'}: {status}")
    assert not wrong, "\n".join(wrong)


def test_every_write_of_a_browser_needs_the_token_against_forgery(as_role: AsRole) -> None:
    admin = as_role("admin")
    careful = Client(enforce_csrf_checks=True)
    careful.cookies = admin.cookies
    for pattern, before in patterns():
        if name_of(pattern) != "api(/.*)?":
            response = careful.post(address(pattern, before))
            assert response.status_code in {403, 405}, name_of(pattern)


def test_only_the_api_is_let_off_that_token_for_it_asks_itself() -> None:
    for pattern, _before in patterns():
        callback: Any = pattern.callback
        if getattr(callback, "csrf_exempt", False):
            view = getattr(callback, "cls", None)
            assert view is not None, f"{name_of(pattern)}: only views of the API may be csrf_exempt"
            for way in view.authentication_classes:
                asks = issubclass(way, SessionAuthentication)
                assert asks or way.__name__ == "TokenAuthentication", name_of(pattern)


def test_a_name_in_two_rows_of_the_table_is_seen(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(roles.LOWEST, "admin", f"{roles.LOWEST['admin']} home")
    with pytest.raises(ValueError, match="home is of reader and of admin"):
        table()
