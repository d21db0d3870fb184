"""The licences a picture may come under."""

from __future__ import annotations

import re

from curation.errors import Refused
from curation.models import Licence

# code, version, title, address; the policy of the published dataset accepts these four
# (docs/sources.md). Without a version stated, none is invented.
CREATIVE_COMMONS = "https://creativecommons.org"
ACCEPTED = {
    ("CC0", "1.0"): ("CC0 1.0 Universal", f"{CREATIVE_COMMONS}/publicdomain/zero/1.0/"),
    ("CC-BY", "4.0"): ("Attribution 4.0 International", f"{CREATIVE_COMMONS}/licenses/by/4.0/"),
    ("CC-BY-NC", "4.0"): (
        "Attribution-NonCommercial 4.0 International",
        f"{CREATIVE_COMMONS}/licenses/by-nc/4.0/",
    ),
    ("CC-BY-SA", "4.0"): (
        "Attribution-ShareAlike 4.0 International",
        f"{CREATIVE_COMMONS}/licenses/by-sa/4.0/",
    ),
    ("CC-BY", ""): ("Attribution, version not stated", ""),
    ("CC-BY-NC", ""): ("Attribution-NonCommercial, version not stated", ""),
    ("CC-BY-SA", ""): ("Attribution-ShareAlike, version not stated", ""),
}
PATTERN = re.compile(r"^(CC0|CC-BY(?:-NC|-SA)?)(?:-(\d\.\d))?$", re.IGNORECASE)


def licence_named(text: str) -> Licence:
    """The row for a licence code such as CC0, CC-BY or CC-BY-NC-4.0. Raises Refused for any other."""
    match = PATTERN.match(text.strip().replace(" ", "-"))
    code, version = (match[1].upper(), match[2] or "") if match else ("", "")
    if code == "CC0":
        version = version or "1.0"  # CC0 has only ever had one version
    known = ACCEPTED.get((code, version))
    if known is None:
        accepted = ", ".join("-".join(filter(None, key)) for key in ACCEPTED)
        raise Refused(f"Licence {text!r} is not one that is accepted here. Accepted: {accepted}.")
    title, url = known
    licence, _ = Licence.objects.get_or_create(
        code=code, version=version, defaults={"title": title, "url": url}
    )
    return licence
