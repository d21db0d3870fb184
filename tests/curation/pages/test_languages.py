"""The pages in Spanish: they are there, they say it, and no number of theirs breaks a style or a script."""

from __future__ import annotations

import re
from datetime import datetime, timedelta

import pytest
from django.template import Context, Template
from django.test import Client
from django.urls import reverse
from django.utils import timezone, translation

from curation.templatetags.vasculum import ago, bytes_size, percent, thousands
from tests.curation.pages.conftest import Site
from tests.curation.pages.test_roles import PAGES
from tests.factories import make_user

NBSP = "\u00a0"


@pytest.mark.django_db
@pytest.mark.parametrize("name", [name for name, _of, role in PAGES if role])
def test_every_page_is_there_in_spanish(site: Site, name: str) -> None:
    arguments = next(of for known, of, _role in PAGES if known == name)(site)
    client = Client()
    client.force_login(make_user("admin", language="es"))
    answer = client.get(reverse(name, args=arguments), follow=True)
    assert answer.status_code == 200
    body = b"".join(answer) if answer.streaming else answer.content
    if not answer["Content-Type"].startswith("text/html"):
        return
    text = body.decode()
    # The grid leaves the foot of the page to pictures; its keys are told in a dialog.
    told = "Elegir teclas propias" if name == "grid" else "Ayuda y teclas"
    assert '<html lang="es">' in text and told in text
    broken = re.findall(r'style="[^"]*\d,\d[^"]*"', text)
    broken += re.findall(r'\s(?:value|max|min|width|height)="\d+,\d+"', text)
    assert not broken, "a decimal comma is no number in CSS and HTML"
    assert not re.search(r"%\(\w+\)s", text), "a placeholder was left unfilled"


def test_numbers_in_english_and_spanish() -> None:
    def numbers() -> list[str]:
        return [thousands(12288), percent(0.7245, 1), bytes_size(4152516), thousands(None)]

    translation.activate("en-gb")
    assert numbers()[:2] == ["12,288", "72.5 %"] and numbers()[3] == ""
    translation.activate("es")
    assert numbers()[:2] == [f"12{NBSP}288", "72,5 %"]
    assert numbers()[2] == f"4,0{NBSP}MB"


def test_times_in_words() -> None:
    now = timezone.now()
    translation.activate("es")
    assert ">ahora mismo<" in ago(now) and ">hace 5 min<" in ago(now - timedelta(minutes=5))
    old = timezone.make_aware(datetime(2020, 1, 3, 12))
    assert ">3 Ene 2020<" in ago(old) or ">3 ene 2020<" in ago(old)
    translation.activate("en-gb")
    assert ">just now<" in ago(now) and ">3 Jan 2020<" in ago(old)


def test_a_page_says_its_language() -> None:
    page = Template("{% page_language %}|{% js_messages %}")
    translation.activate("en-gb")
    assert page.render(Context()) == "en-GB|"
    translation.activate("es")
    assert page.render(Context()).startswith('es|<script defer src="/i18n/js/es-')
