from __future__ import annotations

from django.urls import URLPattern, URLResolver, path

from curation.api import comments

urlpatterns: list[URLPattern | URLResolver] = [
    path("api/v1/candidates/<int:pk>/comments/", comments.Comments.as_view(), name="api_comments"),
    path("api/v1/comments/names/", comments.Names.as_view(), name="api_comment_names"),
]
