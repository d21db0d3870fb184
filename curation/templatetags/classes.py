"""Filters that name classes in the language of the page."""

from __future__ import annotations

from django import template

from curation.models import LabelClass
from curation.selectors.classes import localized

register = template.Library()


@register.filter
def class_name(label: LabelClass | None) -> str:
    return localized(label).name if label else ""


@register.filter
def class_plural(label: LabelClass | None) -> str:
    return localized(label).plural if label else ""


@register.filter
def class_definition(label: LabelClass | None) -> str:
    return localized(label).definition if label else ""
