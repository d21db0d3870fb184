"""Template filters and tags that every page may use."""

from __future__ import annotations

from django import template

register = template.Library()


@register.filter
def thousands(value: int | None) -> str:
    """12288 -> 12,288; nothing for None."""
    return "" if value is None else f"{value:,}"


@register.filter
def percent(value: float | None, digits: int = 0) -> str:
    """0.724 -> 72 %."""
    return "" if value is None else f"{value * 100:.{digits}f} %"
