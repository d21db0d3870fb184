"""How static files are stored for serving."""

from __future__ import annotations

from django.contrib.staticfiles.storage import HashedFilesMixin
from whitenoise.storage import CompressedManifestStaticFilesStorage

# Django's own patterns for what JavaScript modules import, here for our modules only: its switch
# (support_js_module_import_aggregation) also reads htmx's extensions, which name files that are not shipped.
_, MODULE_IMPORTS = HashedFilesMixin._js_module_import_aggregation_patterns  # type: ignore[attr-defined]


class StaticStorage(CompressedManifestStaticFilesStorage):
    """Every file under a name with its hash, so that browsers keep it for good; also what our JavaScript
    modules import from one another."""

    patterns = (*CompressedManifestStaticFilesStorage.patterns, ("js/*.js", MODULE_IMPORTS))
