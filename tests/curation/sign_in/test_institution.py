"""Signing in by an institution, against a provider that is a process of its own."""

from __future__ import annotations

import html
import re
from collections.abc import Iterator
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

import pytest
from allauth.socialaccount.models import SocialAccount
from django.core.exceptions import ImproperlyConfigured
from django.test import Client
from django.urls import reverse

from curation.models import AuditEntry, User
from curation.services import second_factor
from curation.sign_in_settings import provider as from_environment
from curation.sign_in_settings import roles_with_second_factor
from tests.curation.sign_in.codes import code_of
from tests.factories import PASSWORD, make_user
from tests.oidc import OidcProvider
from tests.security.roles import patterns

pytestmark = pytest.mark.django_db
START, BACK = "/sign-in/institution/", "/sign-in/institution/back/"
MAIL = "ada@museum.example"


@pytest.fixture(scope="module")
def process() -> Iterator[OidcProvider]:
    found = OidcProvider()
    yield found
    found.stop()


@pytest.fixture
def museum(process: OidcProvider, settings: Any) -> Iterator[OidcProvider]:
    settings.OIDC = process.settings()
    process.mode("well")
    yield process


def begin(client: Client, goal: str = "") -> str:
    """The address at the provider that the page leads to."""
    answer = client.post(START, {"next": goal})
    assert answer.status_code == 200
    found = re.search(r'http-equiv="refresh" content="0; url=([^"]+)"', answer.content.decode())
    assert found
    return html.unescape(found[1])


def there_and_back(museum: OidcProvider, subject: str, client: Client | None = None, goal: str = "") -> Any:
    client = client or Client()
    back = urlsplit(museum.agree(begin(client, goal), subject))
    assert back.path == BACK
    return client.get(f"{BACK}?{back.query}")


def is_in(client: Client) -> bool:
    return client.get("/help/").status_code == 200


def words(answer: Any) -> str:
    return html.unescape(answer.content.decode())


def test_somebody_known_by_a_verified_address_comes_in_and_is_linked(museum: OidcProvider) -> None:
    ada = make_user("lead", username="ada", email="Ada@Museum.example")
    museum.knows("s-1", email=MAIL, email_verified=True, name="Ada")
    client = Client()
    assert "Sign in with Test Museum" in words(client.get("/sign-in/"))
    answer = there_and_back(museum, "s-1", client, "/jobs/")
    assert answer.status_code == 302 and answer["Location"] == "/jobs/" and is_in(client)
    [link] = SocialAccount.objects.all()
    assert (link.user, link.uid, link.extra_data) == (ada, "s-1", {})
    entry = AuditEntry.objects.get(action="person.link")
    assert (entry.actor, entry.detail) == (ada, {"by": "Test Museum", "new": False})
    # From then on it is the subject that counts, whatever becomes of the address.
    museum.knows("s-1", email="other@museum.example", email_verified=False)
    assert there_and_back(museum, "s-1").status_code == 302
    assert SocialAccount.objects.count() == 1 and User.objects.count() == 1


@pytest.mark.parametrize("verified", [False, None, "true", "false", 1])
def test_an_address_that_is_not_verified_links_nobody(museum: OidcProvider, verified: object) -> None:
    make_user("admin", username="ada", email=MAIL)
    claims = {} if verified is None else {"email_verified": verified}
    museum.knows("s-2", email=MAIL, **claims)
    client = Client()
    answer = there_and_back(museum, "s-2", client)
    assert answer.status_code == 403 and "is verified" in words(answer)
    assert not is_in(client) and not SocialAccount.objects.exists()


def test_strangers_get_an_account_only_where_a_role_is_set(museum: OidcProvider, settings: Any) -> None:
    nora = {"preferred_username": "nora", "name": "Née"}
    museum.knows("s-3", email="new@museum.example", email_verified=True, **nora)
    client = Client()
    answer = there_and_back(museum, "s-3", client)
    assert answer.status_code == 403 and "nobody here has given you an account" in words(answer)
    assert not User.objects.exists() and not is_in(client)
    settings.OIDC = museum.settings("curator")
    make_user(username="nora")
    assert there_and_back(museum, "s-3", client).status_code == 302 and is_in(client)
    made = User.objects.get(email="new@museum.example")
    assert (made.username, made.role, str(made)) == ("nora-2", "curator", "Née")
    assert not made.has_usable_password()
    assert list(AuditEntry.objects.values_list("action", flat=True)) == ["person.link", "person.add"]
    # The address of somebody else, unverified: no second account beside theirs.
    museum.knows("s-4", email="new@museum.example", email_verified=False)
    assert there_and_back(museum, "s-4").status_code == 403
    # One that nobody has is not kept unless it is verified; names that are pages are not given.
    museum.knows("s-5", email="x@museum.example", preferred_username="invitations")
    assert there_and_back(museum, "s-5").status_code == 302
    assert User.objects.filter(email="", username="invitations-1").count() == 1


def test_whose_access_ended_stays_out(museum: OidcProvider) -> None:
    make_user(username="ada", email=MAIL, is_active=False)
    museum.knows("s-1", email=MAIL, email_verified=True)
    assert there_and_back(museum, "s-1").status_code == 403
    User.objects.update(is_active=True)
    assert there_and_back(museum, "s-1").status_code == 302
    User.objects.update(is_active=False)
    client = Client()
    answer = there_and_back(museum, "s-1", client)
    assert answer.status_code == 403 and "may no longer sign in" in words(answer) and not is_in(client)


def test_a_second_subject_does_not_take_over_a_linked_account(museum: OidcProvider) -> None:
    make_user(username="ada", email=MAIL)
    for subject in ("s-1", "s-2"):
        museum.knows(subject, email=MAIL, email_verified=True)
    assert there_and_back(museum, "s-1").status_code == 302
    answer = there_and_back(museum, "s-2")
    assert answer.status_code == 403 and "linked with another one" in words(answer)


def test_another_provider_with_the_same_subject_is_somebody_else(museum: OidcProvider, settings: Any) -> None:
    make_user(username="ada", email=MAIL)
    museum.knows("s-1", email=MAIL, email_verified=True)
    there_and_back(museum, "s-1")
    SocialAccount.objects.update(provider="oidc-of-another")
    museum.knows("s-1", email="eve@museum.example", email_verified=True)
    assert there_and_back(museum, "s-1").status_code == 403


def test_the_code_of_the_second_factor_is_asked_for_here_too(museum: OidcProvider) -> None:
    secret = second_factor.new_secret()
    ada = make_user(username="ada", email=MAIL)
    second_factor.switch_on(ada, secret, code_of(secret, -1), None)
    museum.knows("s-1", email=MAIL, email_verified=True)
    client = Client()
    assert there_and_back(museum, "s-1", client, "/jobs/")["Location"] == "/sign-in/code/"
    assert not is_in(client)
    assert client.post("/sign-in/code/", {"code": "000000"}).status_code == 400
    assert client.post("/sign-in/code/", {"code": code_of(secret)})["Location"] == "/jobs/" and is_in(client)


def test_state_is_of_this_browser_and_good_once(museum: OidcProvider) -> None:
    make_user(username="ada", email=MAIL)
    museum.knows("s-1", email=MAIL, email_verified=True)
    victim, attacker = Client(), Client()
    back = urlsplit(museum.agree(begin(attacker), "s-1")).query
    begin(victim)
    for query in (back, back.replace("state=", "state=x"), f"code={parse_qs(back)['code'][0]}", ""):
        answer = victim.get(f"{BACK}?{query}")
        assert answer.status_code == 400 and "not begun in this browser" in words(answer)
        assert not is_in(victim)
    assert attacker.get(f"{BACK}?{back}").status_code == 302
    again = Client()
    again.cookies = attacker.cookies
    attacker.post(reverse("logout"))
    assert attacker.get(f"{BACK}?{back}").status_code == 400


def test_the_code_is_of_the_verifier_that_asked(museum: OidcProvider) -> None:
    """A code that was begun elsewhere, put into one's own return: the verifier is another one."""
    make_user(username="ada", email=MAIL)
    museum.knows("s-1", email=MAIL, email_verified=True)
    stolen = parse_qs(urlsplit(museum.agree(begin(Client()), "s-1")).query)["code"][0]
    client = Client()
    own = parse_qs(urlsplit(museum.agree(begin(client), "s-1")).query)["state"][0]
    answer = client.get(f"{BACK}?{urlencode({'code': stolen, 'state': own})}")
    assert answer.status_code == 502 and "cannot be believed" in words(answer) and not is_in(client)


@pytest.mark.parametrize("mode", ["other", "no-token", "garbage"])
def test_an_answer_that_does_not_fit_is_not_believed(museum: OidcProvider, mode: str) -> None:
    make_user(username="ada", email=MAIL)
    museum.knows("s-1", email=MAIL, email_verified=True)
    museum.mode(mode)
    client = Client()
    answer = there_and_back(museum, "s-1", client)
    assert answer.status_code == 502 and "cannot be believed" in words(answer) and not is_in(client)


def test_a_provider_that_is_down_or_says_no_is_named(museum: OidcProvider, settings: Any) -> None:
    client = Client()
    state = parse_qs(urlsplit(begin(client)).query)["state"][0]
    denied = client.get(f"{BACK}?{urlencode({'error': 'access_denied', 'state': state})}")
    assert denied.status_code == 403 and "You did not go on at Test Museum" in words(denied)
    state = parse_qs(urlsplit(begin(client)).query)["state"][0]
    other = client.get(f"{BACK}?{urlencode({'error': '<b>', 'error_description': '<b>', 'state': state})}")
    assert other.status_code == 403 and "did not let you in" in words(other) and "<b>" not in words(other)
    settings.OIDC = museum.settings()._replace(issuer="http://127.0.0.1:1")
    down = client.post(START)
    assert down.status_code == 503 and "Test Museum does not answer" in words(down)
    settings.OIDC = museum.settings()._replace(issuer=f"{museum.url}/nowhere")
    assert client.post(START).status_code == 503


def test_next_never_leads_away(museum: OidcProvider) -> None:
    make_user(username="ada", email=MAIL)
    museum.knows("s-1", email=MAIL, email_verified=True)
    for goal in ("https://evil.example/", "//evil.example", "javascript:alert(1)"):
        assert there_and_back(museum, "s-1", goal=goal)["Location"] == "/"


def test_without_a_provider_nothing_of_it_is_there(settings: Any, as_role: Any) -> None:
    settings.OIDC = None
    client = Client()
    assert "Sign in with" not in words(client.get("/sign-in/"))
    for path in (START, BACK):
        assert client.get(path).status_code == client.get(f"{path}?code=1&state=2").status_code == 404
    assert client.post(START).status_code == 404
    admin = as_role("admin")
    assert "E-mail" not in words(admin.get(reverse("person", args=["the-reader"])))
    assert "E-mail" not in words(admin.get(reverse("person_new")))


def test_of_django_allauth_no_address_is_open() -> None:
    """None of its views, which would let people register, confirm addresses or set passwords by mail."""
    modules = {getattr(pattern.callback, "__module__", "") for pattern, _before in patterns()}
    assert not [name for name in modules if name.startswith("allauth")]
    for path in ("/accounts/signup/", "/accounts/login/", "/signup/", "/accounts/social/signup/", "/2fa/"):
        assert Client().get(path).status_code in {302, 404}


def test_begun_by_a_form_alone(museum: OidcProvider) -> None:
    client = Client(enforce_csrf_checks=True)
    assert client.get(START)["Location"] == "/sign-in/"
    assert client.post(START).status_code == 403


def test_admins_give_addresses_and_undo_links(museum: OidcProvider, as_role: Any) -> None:
    admin = as_role("admin")
    admin.post(reverse("person_new"), {"username": "ada", "email": MAIL, "role": "curator"})
    ada, page = User.objects.get(username="ada"), reverse("person", args=["ada"])
    assert ada.email == MAIL
    taken = admin.post(reverse("person_new"), {"username": "b", "email": MAIL.upper(), "role": "reader"})
    assert "Somebody else has this e-mail address" in words(taken)
    museum.knows("s-1", email=MAIL, email_verified=True)
    assert there_and_back(museum, "s-1").status_code == 302
    assert "Undo the link" in words(admin.get(page))
    admin.post(page, {"do": "unlink"})
    assert not SocialAccount.objects.exists()
    for mail in ("not one", "the@reader.example"):
        User.objects.filter(username="the-reader").update(email="The@reader.example")
        admin.post(page, {"do": "email", "email": mail})
        assert User.objects.get(username="ada").email == MAIL
    admin.post(page, {"do": "email", "email": ""})
    assert there_and_back(museum, "s-1").status_code == 403
    done = AuditEntry.objects.filter(subject="ada").order_by("id").values_list("action", flat=True)
    assert list(done) == ["person.add", "person.link", "person.unlink", "person.email"]


def test_no_password_no_password_page(museum: OidcProvider, settings: Any) -> None:
    settings.OIDC = museum.settings("reader")
    museum.knows("s-9", email="n@museum.example", email_verified=True)
    client = Client()
    there_and_back(museum, "s-9", client)
    page = words(client.get("/help/"))
    assert "Change password" not in page and "Second factor" in page
    assert client.get("/account/second-factor/").status_code == 200  # signed in a moment ago
    session = client.session
    session["confirmed_at"] = 0.0
    session.save()
    assert client.get("/account/second-factor/")["Location"].startswith("/account/confirm/")
    assert client.get("/account/confirm/")["Location"] == "/"
    assert Client().post("/sign-in/", {"username": "n", "password": PASSWORD}).status_code == 200


WHOLE = {
    "VASCULUM_OIDC_NAME": "Museum",
    "VASCULUM_OIDC_ISSUER": "https://id.museum.example/realms/one/",
    "VASCULUM_OIDC_CLIENT_ID": "v",
    "VASCULUM_OIDC_CLIENT_SECRET": "s",
}


def test_the_environment_is_read_strictly() -> None:
    assert from_environment({}) is None and from_environment({"VASCULUM_OIDC_NAME": ""}) is None
    found = from_environment(WHOLE | {"VASCULUM_OIDC_ROLE": "reader"})
    assert found and (found.issuer, found.role) == ("https://id.museum.example/realms/one", "reader")
    other = from_environment(WHOLE | {"VASCULUM_OIDC_ISSUER": "https://id.museum.example/realms/two"})
    assert other and other.key != found.key
    for name in WHOLE:
        with pytest.raises(ImproperlyConfigured, match=name):
            from_environment(WHOLE | {name: ""})
    for name, value in (
        ("VASCULUM_OIDC_ROLE", "boss"),
        ("VASCULUM_OIDC_ISSUER", "http://id.museum.example"),
        ("VASCULUM_OIDC_ISSUER", "id.museum.example"),
    ):
        with pytest.raises(ImproperlyConfigured, match=name):
            from_environment(WHOLE | {name: value})
    assert roles_with_second_factor({"VASCULUM_TOTP_ROLES": "admin, lead"}) == {"admin", "lead"}
    assert roles_with_second_factor({}) == frozenset()
    with pytest.raises(ImproperlyConfigured, match="boss"):
        roles_with_second_factor({"VASCULUM_TOTP_ROLES": "admin boss"})
