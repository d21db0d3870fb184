"""Template tags for the language of a page."""

from __future__ import annotations

from typing import Any

from django import template
from django.conf import settings
from django.template.context import Context
from django.urls import reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import get_language

from curation.languages import SOURCE, chosen_by, tag
from curation.selectors import messages

register = template.Library()


def active() -> str:
    return get_language() or SOURCE


@register.simple_tag
def page_language() -> str:
    """The value of <html lang>."""
    return tag(active())


@register.simple_tag
def js_messages() -> str | SafeString:
    """The script with the messages of JavaScript; English needs none."""
    language = active()
    if language == SOURCE or language not in dict(settings.LANGUAGES):
        return ""
    address = reverse("js_messages", args=[language, messages.fingerprint(language)])
    return format_html('<script defer src="{}"></script>', address)


@register.inclusion_tag("parts/languages.html", takes_context=True)
def language_choice(context: Context) -> dict[str, Any]:
    """The languages as buttons; for somebody signed in also the browser's own."""
    request = context["request"]
    user = context.get("user")
    known = bool(user and user.is_authenticated)
    return {
        "languages": [(code, tag(code), name, code == active()) for code, name in settings.LANGUAGES],
        "browser": known and bool(chosen_by(user)),
        "next": request.get_full_path(),
        "csrf_token": context.get("csrf_token"),
    }
