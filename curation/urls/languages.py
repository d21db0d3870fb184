from __future__ import annotations

from django.urls import URLPattern, URLResolver, path

from curation.views import language, messages

urlpatterns: list[URLPattern | URLResolver] = [
    path("account/language/", language.choose, name="language"),
    path("i18n/js/<slug:language>-<slug:mark>/messages.js", messages.js_messages, name="js_messages"),
]
