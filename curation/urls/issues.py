from __future__ import annotations

from django.urls import URLPattern, URLResolver, path

from curation.api import comments
from curation.views import issues, mentions

PROJECT = "projects/<slug:key>"

urlpatterns: list[URLPattern | URLResolver] = [
    path("for-you/", mentions.for_you, name="for_you"),
    path(f"{PROJECT}/issues/", issues.page, name="issues"),
    path(f"{PROJECT}/issues/close/", issues.close, name="issues_close"),
    path(f"{PROJECT}/issues/<int:pk>/", issues.change, name="issue"),
    path(f"{PROJECT}/discussion/<int:pk>/", mentions.discussion, name="discussion"),
    path(f"{PROJECT}/discussion/<int:pk>/issue/", issues.open_one, name="issue_open"),
    path("api/v1/candidates/<int:pk>/comments/", comments.Comments.as_view(), name="api_comments"),
    path("api/v1/comments/names/", comments.Names.as_view(), name="api_comment_names"),
]
