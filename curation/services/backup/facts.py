"""What is counted before and after: schema, rows, releases."""

from __future__ import annotations

from typing import Any

from django.db import connection
from psycopg import sql

from curation.models import Release
from curation.services import manifest


def tables() -> list[str]:
    """Tables of the schema `public`, by name."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT tablename FROM pg_tables WHERE schemaname = 'public' ORDER BY tablename")
        return [name for (name,) in cursor.fetchall()]


def counts() -> dict[str, int]:
    """Rows of every table, counted."""
    found = {}
    with connection.cursor() as cursor:
        for name in tables():
            cursor.execute(sql.SQL("SELECT count(*) FROM {}").format(sql.Identifier(name)))
            found[name] = int(cursor.fetchone()[0])
    return found


def schema() -> dict[str, list[str]]:
    """App -> its migrations that are applied."""
    found: dict[str, list[str]] = {}
    with connection.cursor() as cursor:
        cursor.execute("SELECT app, name FROM django_migrations ORDER BY app, name")
        for app, name in cursor.fetchall():
            found.setdefault(app, []).append(name)
    return found


def releases() -> dict[str, str]:
    """Name of each release that is frozen -> SHA-256 of its manifest, as its row says."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT name, manifest_sha256 FROM curation_release WHERE manifest_sha256 <> ''")
        return {str(name): str(sha256) for name, sha256 in cursor.fetchall()}


def manifests_anew() -> dict[str, str]:
    """The same, computed from the rows of the members."""
    frozen = Release.objects.exclude(manifest_sha256="").select_related("project").order_by("name")
    return {release.name: manifest.sha256_of_lines(manifest.stored_lines(release)) for release in frozen}


def described() -> dict[str, Any]:
    return {"schema": schema(), "rows": counts(), "releases": releases()}
