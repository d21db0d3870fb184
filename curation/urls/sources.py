"""`new` and `rules` stand before the codes; services/sources.py keeps sources from being called so."""

from __future__ import annotations

from django.urls import URLPattern, URLResolver, path

from curation.views import source_rules, sources

urlpatterns: list[URLPattern | URLResolver] = [
    path("sources/", sources.sources, name="sources"),
    path("sources.tsv", sources.sources_tsv, name="sources_tsv"),
    path("sources/new/", sources.source_new, name="source_new"),
    path("sources/rules/", source_rules.unmapped, name="source_rules"),
    path("sources/rules/new/", source_rules.rule_new, name="source_rule_new"),
    path("sources/rules/<int:pk>/", source_rules.rule_edit, name="source_rule"),
    path("sources/rules/<int:pk>/remove/", source_rules.rule_remove, name="source_rule_remove"),
    path("sources/<text:code>/", sources.source, name="source"),
    path("sources/<text:code>/edit/", sources.source_edit, name="source_edit"),
]
