"""The licences that exist: codes, versions, jurisdictions, titles and addresses.

Creative Commons: https://creativecommons.org/licenses/list.en and the ports by jurisdiction;
Open Data Commons: https://opendatacommons.org/licenses/. Identifiers as in the SPDX licence list.
"""

from __future__ import annotations

import re
from collections.abc import Collection

CC_VERSIONS = ("1.0", "2.0", "2.1", "2.5", "3.0", "4.0")
ONLY_FIRST = ("1.0",)

# Elements in the order in which Creative Commons writes them.
ELEMENTS = ("by", "nc", "sa", "nd")
COMBINATIONS = {
    frozenset({"by"}): "CC-BY",
    frozenset({"by", "nc"}): "CC-BY-NC",
    frozenset({"by", "sa"}): "CC-BY-SA",
    frozenset({"by", "nd"}): "CC-BY-ND",
    frozenset({"by", "nc", "sa"}): "CC-BY-NC-SA",
    frozenset({"by", "nc", "nd"}): "CC-BY-NC-ND",
}
ELEMENT_TITLES = {"by": "Attribution", "nc": "NonCommercial", "sa": "ShareAlike", "nd": "NoDerivatives"}
OTHERS = {
    "CC0": ("CC0", "Universal", "https://creativecommons.org/publicdomain/zero/{version}/"),
    "PDM": ("Public Domain Mark", "", "https://creativecommons.org/publicdomain/mark/{version}/"),
    "ODC-BY": ("Open Data Commons Attribution", "", "https://opendatacommons.org/licenses/by/{version}/"),
    "PDDL": (
        "Open Data Commons Public Domain Dedication and License",
        "",
        "https://opendatacommons.org/licenses/pddl/{version}/",
    ),
    "ODbL": ("Open Database License", "", "https://opendatacommons.org/licenses/odbl/{version}/"),
}
CODES = ("CC0", *COMBINATIONS.values(), "PDM", "ODC-BY", "PDDL", "ODbL")

# Jurisdictions with ports of their own, and the intergovernmental one.
JURISDICTIONS = frozenset(
    re.findall(
        "[a-z]+",
        "am ar at au az be bg br ca ch cl cn co cr cz de dk ec ee eg es fi fr ge gr gt hk hr hu ie "
        "igo il in it jp kr lu mk mt mx my nl no nz pe ph pl pr pt ro rs "
        "scotland se sg si th tw ug uk us ve vn za",
    )
)
JURISDICTION_NAMES = {
    "argentina": "ar", "australia": "au", "austria": "at", "osterreich": "at", "belgium": "be",
    "belgique": "be", "brazil": "br", "brasil": "br", "canada": "ca", "switzerland": "ch", "schweiz": "ch",
    "suisse": "ch", "chile": "cl", "china mainland": "cn", "mainland china": "cn", "colombia": "co",
    "costa rica": "cr", "croatia": "hr", "czech republic": "cz", "germany": "de", "deutschland": "de",
    "denmark": "dk", "danmark": "dk", "ecuador": "ec", "estonia": "ee", "spain": "es", "espana": "es",
    "finland": "fi", "france": "fr", "greece": "gr", "guatemala": "gt", "hong kong": "hk", "hungary": "hu",
    "ireland": "ie", "israel": "il", "india": "in", "italy": "it", "italia": "it", "japan": "jp",
    "korea": "kr", "luxembourg": "lu", "mexico": "mx", "malaysia": "my", "netherlands": "nl",
    "nederland": "nl", "norway": "no", "norge": "no", "new zealand": "nz", "peru": "pe",
    "philippines": "ph", "poland": "pl", "polska": "pl", "puerto rico": "pr", "portugal": "pt",
    "romania": "ro", "serbia": "rs", "sweden": "se", "sverige": "se", "singapore": "sg", "slovenia": "si",
    "thailand": "th", "taiwan": "tw", "uganda": "ug", "england and wales": "uk", "united kingdom": "uk",
    "scotland": "scotland", "united states": "us", "venezuela": "ve", "vietnam": "vn", "south africa": "za",
    "intergovernmental organization": "igo", "intergovernmental organisation": "igo",
}  # fmt: skip


def code_of(elements: Collection[str]) -> str:
    """CC-BY-NC for {"by", "nc"}; empty where no such licence exists."""
    return COMBINATIONS.get(frozenset(elements), "")


def elements_of(code: str) -> frozenset[str]:
    """{"by", "nc"} for CC-BY-NC; empty for CC0 and all that is not Creative Commons."""
    return next((elements for elements, name in COMBINATIONS.items() if name == code), frozenset())


def versions_of(code: str) -> tuple[str, ...]:
    """The versions of `code` that were ever published, oldest first."""
    return CC_VERSIONS if elements_of(code) else ONLY_FIRST if code in OTHERS else ()


def title_of(code: str, version: str) -> str:
    """The name that the licence's authors give it, e.g. Attribution-NonCommercial 4.0 International."""
    if elements := elements_of(code):
        name = "-".join(ELEMENT_TITLES[one] for one in ELEMENTS if one in elements)
        suffix = {"4.0": "International", "3.0": "Unported", "": ""}.get(version, "Generic")
    else:
        name, suffix, _ = OTHERS.get(code, (code, "", ""))
    return " ".join(filter(None, (name, version, suffix))) if version else f"{name}, version not stated"


def address_of(code: str, version: str) -> str:
    """Where the licence can be read; empty without a version, as none is invented."""
    if not version:
        return ""
    if elements := elements_of(code):
        slug = "-".join(one for one in ELEMENTS if one in elements)
        return f"https://creativecommons.org/licenses/{slug}/{version}/"
    return OTHERS[code][2].format(version=version) if code in OTHERS else ""
