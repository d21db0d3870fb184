"""Who reads the site in which language, and that the choice is kept."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
from pathlib import Path

import pytest
from django.conf import settings
from django.test import Client
from django.urls import reverse

from curation.errors import Refused
from curation.models import User
from curation.selectors import messages
from curation.services.people import set_language
from tests.factories import make_user

pytestmark = pytest.mark.django_db


@pytest.fixture
def user() -> User:
    return make_user()


def page(client: Client, name: str = "help", **headers: str) -> str:
    return client.get(reverse(name), headers=headers).content.decode()


def test_strangers_get_what_their_browser_asks_for(client: Client) -> None:
    english, spanish = page(client, "login"), page(client, "login", accept_language="es-MX,es;q=0.9,en;q=0.5")
    assert '<html lang="en-GB">' in english and ">Sign in<" in english and "messages.js" not in english
    assert '<html lang="es">' in spanish and ">Entrar<" in spanish
    assert '<html lang="en-GB">' in page(client, "login", accept_language="ja,en-US;q=0.7")
    answer = client.get(reverse("login"), headers={"accept-language": "es"})
    assert answer["Content-Language"] == "es" and "Accept-Language" in answer["Vary"]


def test_a_stranger_chooses_and_the_browser_keeps_it(client: Client) -> None:
    answer = client.post(reverse("language"), {"language": "es", "next": "/sign-in/?next=/help/"})
    assert answer.status_code == 302 and answer["Location"] == "/sign-in/?next=/help/"
    cookie = answer.cookies[settings.LANGUAGE_COOKIE_NAME]
    assert cookie.value == "es" and cookie["httponly"] and cookie["samesite"] == "Lax"
    assert '<html lang="es">' in page(client, "login", accept_language="en")


def test_a_person_keeps_their_choice_wherever_they_sign_in(client: Client, user: User) -> None:
    client.force_login(user)
    client.post(reverse("language"), {"language": "es", "next": "/help/"})
    user.refresh_from_db()
    assert user.language == "es"
    elsewhere = Client()
    elsewhere.force_login(user)
    assert '<html lang="es">' in page(elsewhere, accept_language="en-GB")
    assert "messages.js" in page(elsewhere)
    colleague = Client()
    colleague.force_login(make_user())
    assert '<html lang="en-GB">' in page(colleague), "one person's language must not stay for the next"


def test_back_to_what_the_browser_asks_for(client: Client, user: User) -> None:
    client.force_login(user)
    client.post(reverse("language"), {"language": "es"})
    answer = client.post(reverse("language"), {"language": ""})
    assert answer["Location"] == reverse("home")
    user.refresh_from_db()
    assert user.language == "" and '<html lang="en-GB">' in page(client)


@pytest.mark.parametrize("language", ["xx", "../es", "ES ", "de"])
def test_languages_that_are_not_there_are_refused(client: Client, user: User, language: str) -> None:
    client.force_login(user)
    assert client.post(reverse("language"), {"language": language}).status_code == 400
    user.refresh_from_db()
    assert user.language == ""
    with pytest.raises(Refused, match="is not known. Languages: en-gb, es"):
        set_language(user, language)


def test_the_choice_leads_to_no_other_site(client: Client) -> None:
    for goal in ("https://example.org/", "//example.org", "javascript:alert(1)"):
        answer = client.post(reverse("language"), {"language": "es", "next": goal})
        assert answer["Location"] == reverse("home")
    assert client.get(reverse("language")).status_code == 405


def test_a_choice_whose_catalogue_is_gone_follows_the_browser(client: Client, user: User) -> None:
    User.objects.filter(pk=user.pk).update(language="qq")
    client.force_login(user)
    assert '<html lang="en-GB">' in page(client)


def test_scripts_read_the_same_catalogue_before_sign_in_and_for_good(client: Client) -> None:
    found = re.search(
        r'src="(/i18n/js/es-[0-9a-f]{12}/messages\.js)"', page(client, "login", accept_language="es")
    )
    assert found
    answer = client.get(found[1])
    assert answer.status_code == 200 and answer["Content-Type"].startswith("text/javascript")
    assert "immutable" in answer["Cache-Control"]
    assert client.get("/i18n/js/es-000000000000/messages.js")["Cache-Control"] == "no-cache"
    assert client.get("/i18n/js/xx-000000000000/messages.js").status_code == 404
    english = client.get(reverse("js_messages", args=["en-gb", messages.fingerprint("en-gb")]))
    assert '"messages": {}' in english.content.decode()


def test_scripts_fill_in_count_and_write_numbers(tmp_path: Path) -> None:
    node = shutil.which("node")
    if node is None:
        pytest.skip("no node to run the script by itself; the browser tests run it, too")
    content = {
        "messages": {"Left: {n}": "Quedan {n}", "1 vote": ["{n} voto", "{n} votos"]},
        "plurals": [int(n != 1) for n in range(messages.COUNTED)],
        "thousand": "\u00a0",
        "decimal": ",",
    }
    module = tmp_path / "i18n.mjs"
    module.write_text((settings.BASE_DIR / "static/js/i18n.js").read_text())
    run = tmp_path / "run.mjs"
    run.write_text(
        f"globalThis.vasculumMessages = {json.dumps(content)};"
        'const { t, tn, number } = await import("./i18n.mjs");'
        'console.log(JSON.stringify([t("Left: {n}", { n: 12345 }), t("Not there {x}", { x: 1 }),'
        '[1, 2, 201, 100001].map((n) => tn("1 vote", "{n} votes", n)), number(12288.5), t("{y}")]));'
    )
    said = json.loads(subprocess.run([node, str(run)], capture_output=True, check=True, timeout=30).stdout)
    assert said == [
        "Quedan 12\u00a0345",
        "Not there 1",
        ["1 voto", "2 votos", "201 votos", "100\u00a0001 votos"],
        "12\u00a0288,5",
        "{y}",
    ]
