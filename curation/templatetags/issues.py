"""What was said to people, and who is named in it."""

from __future__ import annotations

from django import template
from django.template.context import Context
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString

from curation.models import Role, User
from curation.selectors.mentions import unseen
from curation.services.comments import NAMED

register = template.Library()


@register.simple_tag(takes_context=True)
def unseen_mentions(context: Context) -> int:
    """How often the person was named or asked and has not seen it; one query, none for readers."""
    user = context.get("user")
    return unseen(user) if isinstance(user, User) and user.has_role(Role.CURATOR) else 0


@register.filter
def with_names(text: str) -> SafeString:
    """The text with its @names in bold."""
    parts, at = [], 0
    for found in NAMED.finditer(text):
        parts.append(format_html("{}<b>{}</b>", text[at : found.start()], found[0]))
        at = found.end()
    return format_html_join("", "{}", [(part,) for part in [*parts, text[at:]]])
