"""What programs can do, to read: all operations of the API by what they are about.

Of our own templates. Redoc puts styles into the page and asks a host elsewhere for a picture, which our
policy for pages refuses (docs/decisions/0009); Swagger UI brings 1.6 MB of script and looks of its own.
"""

from __future__ import annotations

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from curation.api.schema_view import described
from curation.models import Role
from curation.selectors.api_reference import groups
from curation.views.access import needs


@require_safe
@needs(Role.READER)
def reference(request: HttpRequest, slug: str = "") -> HttpResponse:
    """All groups, or one of them with all that there is to know about its operations."""
    found = groups(described(get_language()), f"{request.scheme}://{request.get_host()}")
    if not slug:
        count = sum(len(group.operations) for group in found)
        return render(request, "reference/reference.html", {"groups": found, "count": count})
    group = next((group for group in found if group.slug == slug), None)
    if group is None:
        raise Http404(_("There is no such part of the API."))
    return render(request, "reference/group.html", {"group": group, "groups": found})
