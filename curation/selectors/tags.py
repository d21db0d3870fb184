"""Tags as pages read them: with how many pictures have them, and which pictures."""

from __future__ import annotations

from django.db.models import Count, QuerySet
from django.db.models.functions import Lower

from curation.models import Project, Tag, Tagging

PREFIX = "tag-"  # what a map is coloured by: this and the number of the tag


def tags(project: Project) -> QuerySet[Tag]:
    """The project's tags in the order of their names, whatever their capitals."""
    return Tag.objects.filter(project=project).order_by(Lower("name"))


def with_counts(project: Project) -> QuerySet[Tag]:
    """The same with `pictures`, how many have each; one query."""
    return tags(project).annotate(pictures=Count("taggings")).select_related("created_by")


def of_map(project: Project, by: str) -> tuple[Tag, list[tuple[int, int]]] | None:
    """The tag that `by` names and (candidate, tag) for each picture that has it, or None; two queries."""
    number = by.removeprefix(PREFIX)
    if number == by or not number.isascii() or not number.isdigit() or len(number) > 18:
        return None
    tag = tags(project).filter(pk=int(number)).first()
    if tag is None:
        return None
    return tag, list(Tagging.objects.filter(tag=tag).values_list("candidate_id", "tag_id"))
