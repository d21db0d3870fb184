"""Codes of an authenticator: set up, asked for, good once, braked, and taken off."""

from __future__ import annotations

import html
import json
import re
from typing import Any
from unittest import mock

import pytest
from allauth.mfa.models import Authenticator
from axes.models import AccessAttempt
from django.conf import settings as site_settings
from django.core.management import CommandError, call_command
from django.test import Client, override_settings
from django.urls import reverse

from curation.models import AuditEntry, Scope, User
from curation.services import second_factor, sign_in
from curation.services.tokens import make_token
from tests.curation.sign_in.codes import code_of
from tests.factories import PASSWORD, make_user
from tests.security.roles import name_of, patterns
from tests.security.test_permissions import ANYBODY, address, table

pytestmark = pytest.mark.django_db
SECRET = "JBSWY3DP" * 4
PAGE, CODE = "/account/second-factor/", "/sign-in/code/"


def with_factor(user: User, client: Client | None = None) -> list[str]:
    """Set up with the code of the step before; that of now is still good. Its recovery codes."""
    key = client.session.session_key if client else None
    return second_factor.switch_on(user, SECRET, code_of(SECRET, -1), key)


def password(user: User, client: Client | None = None, **data: str) -> tuple[Client, Any]:
    client = client or Client()
    return client, client.post(reverse("login"), {"username": user.username, "password": PASSWORD, **data})


def is_in(client: Client) -> bool:
    return client.get("/help/").status_code == 200


def actions(user: User) -> list[str]:
    rows = AuditEntry.objects.filter(subject=user.username).order_by("id")
    return [row.action for row in rows]


def test_the_codes_of_rfc_6238() -> None:
    """Appendix B, with SHA-1, cut to the six digits that are asked for here; whatever the spaces between."""
    secret = "".join(["GEZDGNBV", "GY3TQOJQ"] * 2)
    for now, code in ((59, "287082"), (1111111109, "081804"), (2000000000, "279037")):
        with mock.patch("time.time", return_value=now):
            assert second_factor.matching_step(secret, f" {code[:3]} {code[3:]}") == now // 30
            assert second_factor.matching_step(secret, "000000") is None
            assert second_factor.matching_step(secret, "zwölf") is None
        for late, good in ((30, True), (-30, True), (60, False), (-60, False)) if now > 60 else ():
            with mock.patch("time.time", return_value=now + late):
                assert (second_factor.matching_step(secret, code) is not None) == good


def test_somebody_sets_it_up_and_signs_in_with_it() -> None:
    ada = make_user(username="ada")
    client, answer = password(ada)
    assert answer.status_code == 302 and is_in(client)
    page = client.get(PAGE)
    assert "no-store" in page["Cache-Control"]
    text = page.content.decode()
    found = re.search(r'id="secret">([A-Z2-7 ]+)<', text)
    assert found
    secret = found[1].replace(" ", "")
    assert f"otpauth://totp/ada?secret={secret}&issuer=Vasculum%20testserver" in html.unescape(text)
    assert '<svg class="qr"' in text and "style=" not in text
    assert "That code is not the one of now" in client.post(PAGE, {"code": "000000"}).content.decode()
    assert secret in client.get(PAGE).content.decode().replace(" ", "")
    shown = client.post(PAGE, {"code": code_of(secret, -1)})
    codes = re.findall(r"<li>(\d{8})</li>", shown.content.decode())
    assert len(set(codes)) == 10 and "no-store" in shown["Cache-Control"]
    assert not any(code in client.get(PAGE).content.decode() for code in codes)  # once
    client.post(reverse("logout"))
    client, answer = password(ada, next="/jobs/")
    assert answer["Location"] == CODE and not is_in(client)
    page = client.get(CODE)
    assert 'autocomplete="one-time-code"' in page.content.decode()
    wrong = client.post(CODE, {"code": "000000"})
    text = wrong.content.decode()
    assert wrong.status_code == 400 and 'aria-invalid="true"' in text and "aria-describedby" in text
    answer = client.post(CODE, {"code": code_of(secret)})
    assert answer["Location"] == "/jobs/" and is_in(client)
    assert actions(ada) == ["person.totp.on"]


def test_a_code_is_good_once_and_none_before_it() -> None:
    ada = make_user(username="ada")
    with_factor(ada)
    used, older = code_of(SECRET), code_of(SECRET, -1)
    client, _ = password(ada)
    assert client.post(CODE, {"code": used}).status_code == 302
    for code in (used, older):
        client, _ = password(ada)
        assert client.post(CODE, {"code": code}).status_code == 400 and not is_in(client)
    assert client.post(CODE, {"code": code_of(SECRET, 1)}).status_code == 302


def test_a_recovery_code_is_good_once_and_new_ones_end_the_old() -> None:
    ada = make_user(username="ada")
    codes = with_factor(ada)
    client, _ = password(ada)
    assert client.post(CODE, {"code": f"{codes[0][:4]} {codes[0][4:]}"}).status_code == 302
    client.post(reverse("logout"))
    client, _ = password(ada)
    assert client.post(CODE, {"code": codes[0]}).status_code == 400
    assert client.post(CODE, {"code": codes[9]}).status_code == 302
    assert second_factor.facts(ada)["left"] == 8
    shown = client.post(PAGE, {"do": "codes"}).content.decode()
    renewed = re.findall(r"<li>(\d{8})</li>", shown)
    assert len(renewed) == 10 and not set(renewed) & set(codes)
    client.post(reverse("logout"))
    client, _ = password(ada)
    assert client.post(CODE, {"code": codes[1]}).status_code == 400
    assert client.post(CODE, {"code": renewed[1]}).status_code == 302
    done = ["on", "recovery", "recovery", "codes", "recovery"]
    assert actions(ada) == [f"person.totp.{word}" for word in done]


def test_with_the_password_alone_nothing_opens() -> None:
    """Every address that is not for anybody, page or API, asks to sign in."""
    admin = make_user("admin", username="ada")
    with_factor(admin)
    client, _ = password(admin)
    lowest, asked = table(), 0
    for pattern, before in patterns():
        if lowest[name_of(pattern)] == ANYBODY:
            continue
        answer = client.get(address(pattern, before))
        door = answer.status_code == 302 and answer["Location"].startswith("/sign-in/?")
        refused = answer.status_code in {401, 403} and name_of(pattern).startswith("api")
        assert door or refused or answer.status_code == 405, name_of(pattern)
        asked += 1
    assert asked > 150
    assert client.post(CODE, {"code": code_of(SECRET)}).status_code == 302 and is_in(client)


def test_the_step_between_ends_with_the_account_the_password_the_factor_or_the_time() -> None:
    ada = make_user(username="ada")
    for spoil in ("access", "password", "factor", "time"):
        Authenticator.objects.all().delete()
        with_factor(ada)
        client, _ = password(ada)
        if spoil == "access":
            User.objects.update(is_active=False)
        elif spoil == "password":
            ada.set_password("another long enough password")
            ada.save()
        elif spoil == "factor":
            second_factor.reset(None, ada)
        else:
            session = client.session
            session["account_login"] |= {"initiated_at": session["account_login"]["initiated_at"] - 601}
            session.save()
        answer = client.post(CODE, {"code": code_of(SECRET)})
        assert answer["Location"] == "/sign-in/" and not is_in(client), spoil
        ada.set_password(PASSWORD)
        ada.is_active = True
        ada.save()


def test_wrong_codes_are_braked_as_wrong_passwords_are(as_role: Any) -> None:
    ada = make_user(username="ada")
    with_factor(ada)
    client, _ = password(ada)
    for _ in range(site_settings.AXES_FAILURE_LIMIT - 1):
        assert client.post(CODE, {"code": "000000"}).status_code == 400
    last = client.post(CODE, {"code": "000000"})
    assert last.status_code == 429 and last["Retry-After"] == "300"
    assert client.post(CODE, {"code": code_of(SECRET)}).status_code == 429
    # Nor does the password begin it anew, from here; and from elsewhere the code is kept back too.
    assert password(ada)[1].status_code == 429
    elsewhere = Client(REMOTE_ADDR="192.0.2.7")
    password(ada, elsewhere)
    assert elsewhere.post(CODE, {"code": code_of(SECRET)}).status_code == 429
    assert "000000" not in AccessAttempt.objects.get().post_data
    as_role("admin").post(reverse("person", args=["ada"]), {"do": "unlock"})
    assert elsewhere.post(CODE, {"code": code_of(SECRET)}).status_code == 302


def test_wrong_codes_count_against_the_address(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sign_in.LIMITS, sign_in.Guess.PASSWORD, 3)
    people = [make_user(username=f"p{number}") for number in range(4)]
    for user in people[:3]:
        with_factor(user)
        client, _ = password(user)
        client.post(CODE, {"code": "000000"})
    assert password(people[3])[1].status_code == 429


def test_it_is_changed_only_by_who_has_just_shown_who_they_are() -> None:
    ada = make_user(username="ada")
    client = Client()
    client.force_login(ada)  # as if the sign-in were long ago
    assert client.get(PAGE)["Location"] == f"/account/confirm/?next={PAGE.replace('/', '%2F')}"
    assert client.post(PAGE, {"code": "1"})["Location"].startswith("/account/confirm/")
    confirm = "/account/confirm/"
    assert "That is not your password" in client.post(confirm, {"password": "no"}).content.decode()
    assert AccessAttempt.objects.get(username="ada").failures_since_start == 1
    assert client.post(confirm, {"password": PASSWORD, "next": PAGE})["Location"] == PAGE
    assert client.get(PAGE).status_code == 200
    with_factor(ada, client)
    assert client.post(PAGE, {"do": "off"})["Location"] == "/"
    assert actions(ada)[-1] == "person.totp.off"
    with_factor(ada, client)
    session = client.session
    session["confirmed_at"] -= site_settings.CONFIRMED_SECONDS + 1
    session.save()
    for do in ("off", "codes"):
        assert client.post(PAGE, {"do": do})["Location"].startswith("/account/confirm/")
    # Where there is a factor, the password is not enough.
    assert client.post(confirm, {"password": PASSWORD}).status_code == 400
    assert (
        client.post(confirm, {"code": code_of(SECRET), "next": "https://evil.example/"})["Location"] == PAGE
    )
    assert second_factor.is_on(ada)


def test_setting_it_up_ends_the_other_sessions() -> None:
    ada = make_user(username="ada")
    here, _ = password(ada)
    there, _ = password(ada)
    found = re.search(r'id="secret">([A-Z2-7 ]+)<', here.get(PAGE).content.decode())
    assert found
    here.post(PAGE, {"code": code_of(found[1])})
    assert is_in(here) and not is_in(there)


def test_an_admin_or_the_command_line_takes_it_off(as_role: Any) -> None:
    admin = as_role("admin")
    ada = make_user(username="ada")
    with_factor(ada)
    client, _ = password(ada)
    client.post(CODE, {"code": code_of(SECRET)})
    page = reverse("person", args=["ada"])
    assert "Take the second factor off" in admin.get(page).content.decode()
    admin.post(page, {"do": "totp"})
    assert not is_in(client) and not Authenticator.objects.exists()
    entry = AuditEntry.objects.get(action="person.totp.reset")
    assert entry.actor and (entry.actor.username, entry.detail) == ("the-admin", {"sessions": 1})
    assert entry.request_id
    assert password(ada)[1]["Location"] == "/"
    with_factor(ada)
    call_command("reset_second_factor", "ada")
    assert AuditEntry.objects.filter(action="person.totp.reset", actor=None).count() == 1
    for name, words in (("ada", "has no second factor"), ("nobody", "no person")):
        with pytest.raises(CommandError, match=words):
            call_command("reset_second_factor", name)
    assert admin.post(page, {"do": "totp"}).status_code == 302  # said, nothing broke


def test_secrets_are_not_in_the_database_and_go_with_the_secret_key(settings: Any) -> None:
    ada = make_user(username="ada")
    codes = with_factor(ada)
    kept = json.dumps(list(Authenticator.objects.values_list("data", flat=True)))
    assert SECRET not in kept and not any(code in kept for code in codes)
    before = settings.SECRET_KEY
    settings.SECRET_KEY = "another key " * 5
    assert not second_factor.accept(ada, code_of(SECRET)) and not second_factor.accept(ada, codes[0])
    assert second_factor.facts(ada)["left"] == 0
    settings.SECRET_KEY_FALLBACKS = [before]
    assert second_factor.accept(ada, code_of(SECRET)) and second_factor.accept(ada, codes[0])


def test_tokens_go_on_without_it_and_roles_may_need_it(settings: Any) -> None:
    settings.TOTP_ROLES = frozenset({"lead", "admin"})
    lead = make_user("lead", username="ada")
    _row, token = make_token(lead, "one", [Scope.READ], 1)
    client, _ = password(lead)
    for path in ("/", "/help/", "/account/tokens/", "/nowhere-else/"):
        answer = client.get(path)
        assert answer.status_code == 404 or answer["Location"] == PAGE, path
    assert client.get("/", headers={"HX-Request": "true"})["HX-Redirect"] == PAGE
    api = client.get("/api/v1/projects/")
    assert api.status_code == 403 and "second factor" in api.json()["detail"]
    bearer = {"Authorization": f"Bearer {token}"}
    assert Client().get("/api/v1/projects/", headers=bearer).status_code == 200
    # A bad token is no way around it.
    for words in ("Basic x", "Bearer x"):
        assert client.get("/api/v1/projects/", headers={"Authorization": words}).status_code in {401, 403}
    assert make_user("curator", username="bea") and is_in(password(User.objects.get(username="bea"))[0])
    found = re.search(r'id="secret">([A-Z2-7 ]+)<', client.get(PAGE).content.decode())
    assert found
    client.post(PAGE, {"code": code_of(found[1], -1)})
    assert is_in(client) and client.get("/api/v1/projects/").status_code == 200
    # The role keeps it on.
    client.post(PAGE, {"do": "off"})
    assert second_factor.is_on(lead)
    client.post(reverse("logout"))
    client, _ = password(lead)
    assert client.get("/api/v1/projects/").status_code == 403
    client.post(CODE, {"code": code_of(found[1])})
    assert is_in(client)


def test_next_never_leads_away() -> None:
    ada = make_user(username="ada")
    codes = with_factor(ada)
    for number, goal in enumerate(("https://evil.example/", "//evil.example/", "javascript:alert(1)")):
        client, _ = password(ada, next=goal)
        assert client.post(CODE, {"code": codes[number]})["Location"] == "/"


def test_without_redis_codes_go_on() -> None:
    ada = make_user(username="ada")
    with_factor(ada)
    nowhere = {"BACKEND": "django.core.cache.backends.redis.RedisCache", "LOCATION": "redis://127.0.0.1:1"}
    with override_settings(CACHES={"default": nowhere}):
        client, _ = password(ada)
        assert client.post(CODE, {"code": "000000"}).status_code == 400
        assert client.post(CODE, {"code": code_of(SECRET)}).status_code == 302
    assert not second_factor.accept(ada, code_of(SECRET))  # nor does it make a code good twice
