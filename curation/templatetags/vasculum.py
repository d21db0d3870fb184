"""Template filters and tags that every page may use."""

from __future__ import annotations

from functools import lru_cache
from typing import Any

from django import template
from django.template.context import Context
from django.template.defaultfilters import filesizeformat
from django.urls import get_script_prefix, reverse
from django.utils import timezone
from django.utils.dateformat import format as date_format
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from curation import navigation as site_navigation
from curation.languages import in_words
from curation.models import Image, LabelClass
from curation.models.images import RENDITION_EXTENSIONS
from curation.selectors.jobs import workers_alive

register = template.Library()
CLASS_COLOURS = 17  # tokens.css defines --class-0 to --class-16; later classes begin again
NO_HASH = "0" * 64  # the place of a SHA-256 in an address
SHARE_MARKS = 200  # marks.css has a rule for each


@register.filter
def thousands(value: int | None) -> str:
    """12288 -> 12,288; nothing for None."""
    return "" if value is None else in_words(f"{value:,}")


@register.filter
def percent(value: float | None, digits: int = 0) -> str:
    """0.724 -> 72 %."""
    return "" if value is None else in_words(f"{value * 100:.{digits}f}") + " %"


@register.filter
def picture_url(image: Image, rendition: str = "thumb") -> str:
    """The address of one rendition: original, review, dataset or thumb."""
    extension = RENDITION_EXTENSIONS.get(rendition, image.extension)
    return _address(get_script_prefix(), "picture", rendition, NO_HASH, extension).replace(
        NO_HASH, image.sha256
    )


def image_url(image: Image) -> str:
    """The address of the page of one picture."""
    return _address(get_script_prefix(), "image", NO_HASH).replace(NO_HASH, image.sha256)


@lru_cache(maxsize=256)
def _address(prefix: str, name: str, *arguments: str) -> str:
    """Pages and batches name dozens of pictures; their addresses differ by the hash alone."""
    return reverse(name, args=arguments)


@register.filter
def class_colour(label: LabelClass | int | None) -> str:
    """The colour of a class (or of a class index) as a CSS value; muted for none."""
    if label is None:
        return "var(--muted)"
    index = label if isinstance(label, int) else label.index
    return f"var(--class-{index % CLASS_COLOURS})"


@register.filter
def class_mark(label: LabelClass | int | None) -> str:
    """The attribute data-c of what has a class's colour: marks.css sets --c by it, as the pages may not."""
    if label is None:
        return "none"
    return str((label if isinstance(label, int) else label.index) % CLASS_COLOURS)


@register.filter
def share_mark(share: float | None) -> str:
    """The attribute data-share of a bar, in half per cents: 0.1 -> 20. What is there at all can be seen."""
    if not share or share < 0:
        return "0"
    return str(max(1, min(SHARE_MARKS, round(share * SHARE_MARKS))))


@register.filter
def ago(value: Any) -> str | SafeString:
    """A datetime in words, the exact time in the title: 3 min ago, 14:02, 3 Nov, 3 Nov 2024."""
    if value is None:
        return ""
    local = timezone.localtime(value)
    now = timezone.localtime()
    seconds = (now - local).total_seconds()
    if 0 <= seconds < 60:
        words = _("just now")
    elif 0 <= seconds < 3600:
        words = _("%(minutes)s min ago") % {"minutes": int(seconds // 60)}
    elif local.date() == now.date():
        words = f"{local:%H:%M}"
    elif local.year == now.year:
        words = date_format(local, "j M, H:i")
    else:
        words = date_format(local, "j M Y")
    return format_html(
        '<time datetime="{}" title="{}">{}</time>', local.isoformat(), f"{local:%Y-%m-%d %H:%M:%S %Z}", words
    )


@register.filter
def bytes_size(value: int | None) -> str:
    """4152516 -> 4.0 MB."""
    return "" if value is None else filesizeformat(value)


@register.simple_tag(takes_context=True)
def navigation(context: Context) -> list[site_navigation.Item]:
    """The links of the top bar that this person may follow."""
    return site_navigation.items(context["request"], context.get("project"))


@register.inclusion_tag("parts/worker.html", takes_context=True)
def worker_dot(context: Context) -> dict[str, Any]:
    """Whether a worker is awake, as the dot in the top bar."""
    return {"status": workers_alive(), "can": context.get("can")}
