"""Pictures that show what a class is: those of the guidelines, and decided ones to lay beside an open one."""

from __future__ import annotations

from typing import Any

from curation.models import Candidate, GuidelineExample, Image, LabelClass, Project
from curation.selectors.queue import SHOWN_BY_BROWSERS
from curation.templatetags.vasculum import picture_url

MOST = 6  # of each kind


def class_pictures(project: Project, label: LabelClass) -> dict[str, list[dict[str, Any]]]:
    """Examples and counter-examples of the present guidelines, and some decided pictures. Two queries.

    No vote is told, and pictures with a known answer are left out, for they are asked of everybody. The
    decided ones come in the order of their lots, so they are a random sample of the class.
    """
    shown = GuidelineExample.objects.filter(section__guideline=project.guideline_id, section__label=label)
    rows = list(shown.select_related("image")) if project.guideline_id else []
    decided = Candidate.objects.filter(project=project, state=Candidate.State.DECIDED, label=label)
    decided = decided.exclude(gold__active=True).exclude(image__in=[row.image_id for row in rows])
    return {
        "examples": [_picture(row.image, row.caption) for row in rows if not row.counter][:MOST],
        "counters": [_picture(row.image, row.caption) for row in rows if row.counter][:MOST],
        "decided": [
            _picture(row.image) for row in decided.select_related("image").order_by("shuffle", "pk")[:MOST]
        ],
    }


def _picture(image: Image, caption: str = "") -> dict[str, Any]:
    original = image.extension.lower() in SHOWN_BY_BROWSERS
    return {
        "title": image.title,
        "caption": caption,
        "width": image.width,
        "height": image.height,
        "thumb": picture_url(image, Image.Rendition.THUMB),
        "review": picture_url(image, Image.Rendition.REVIEW),
        "original": picture_url(image, Image.Rendition.ORIGINAL) if original else None,
    }
