"""Licence texts of the kinds that publishers write, with what they must give: code, version, verdict."""

from __future__ import annotations

# One line each: text | code | version | verdict. Texts hold no "|" themselves.
TABLE = """
https://creativecommons.org/licenses/by/4.0/ | CC-BY | 4.0 | accept
HTTP://CREATIVECOMMONS.ORG/LICENSES/BY-SA/3.0/ | CC-BY-SA | 3.0 | accept
//creativecommons.org/licenses/by/4.0/ | CC-BY | 4.0 | accept
www.creativecommons.org/licenses/by-sa/3.0/ | CC-BY-SA | 3.0 | accept
creativecommons.org/licences/by-nc/2.5 | CC-BY-NC | 2.5 | accept
https://creativecommons.org/licenses/by/4.0/legalcode#languages | CC-BY | 4.0 | accept
https://creativecommons.org/licenses/by-nc/4.0/legalcode.fr | CC-BY-NC | 4.0 | accept
https://creativecommons.org/licenses/by-sa/4.0/deed.de | CC-BY-SA | 4.0 | accept
https://creativecommons.org/licenses/by-nc/4.0/?ref=chooser-v1 | CC-BY-NC | 4.0 | accept
http://creativecommons.org/licenses/by/3.0/igo/ | CC-BY | 3.0 | accept
http://creativecommons.org/licenses/by-nc-nd/2.5/es/deed.ca | CC-BY-NC-ND | 2.5 | refuse
http://creativecommons.org/licenses/nc-by/4.0/ | CC-BY-NC | 4.0 | accept
http://creativecommons.org/licenses/by_nd/4.0/ | CC-BY-ND | 4.0 | refuse
(http://creativecommons.org/licenses/by/4.0/). | CC-BY | 4.0 | accept
http:// creativecommons.org/licenses/by/4.0/ | CC-BY | 4.0 | accept
http%3A%2F%2Fcreativecommons.org%2Flicenses%2Fby%2F4.0%2F | CC-BY | 4.0 | accept
https://creativecommons.org/publicdomain/zero/1.0/deed.nl | CC0 | 1.0 | accept
creativecommons.org/share-your-work/public-domain/cc0 | CC0 |  | accept
https://licensebuttons.net/l/by-nc/4.0/88x31.png | CC-BY-NC | 4.0 | accept
https://i.creativecommons.org/l/by-nc-nd/3.0/au/80x15.png | CC-BY-NC-ND | 3.0 | refuse
http://i.creativecommons.org/p/zero/1.0/88x31.png | CC0 | 1.0 | accept
https://web.archive.org/web/2012/http://creativecommons.org/licenses/by/3.0/ | CC-BY | 3.0 | accept
<a rel="license" href="http://creativecommons.org/licenses/by-sa/3.0/us/">terms</a> | CC-BY-SA | 3.0 | accept
CC <b>BY</b>-<i>NC</i> 4.0 | CC-BY-NC | 4.0 | accept
CC BY<br/>No<b>Derivatives</b> | CC-BY-ND |  | refuse
CC BY <https://creativecommons.org/licenses/by/4.0/> | CC-BY | 4.0 | accept
&lt;a href=&quot;http://creativecommons.org/licenses/by/4.0/&quot;&gt;CC BY&lt;/a&gt; | CC-BY | 4.0 | accept
https://spdx.org/licenses/CC-BY-4.0.html | CC-BY | 4.0 | accept
https://spdx.org/licenses/CC-BY-ND-4.0 | CC-BY-ND | 4.0 | refuse
http://creativecommons.org/licenses/by/3.4/ | CC-BY |  | review
http://creativecommons.org/publicdomain/zero/4.0/ | CC0 |  | review
creativecommons.org/licenses/nc/1.0/ |  |  | review
creativecommons.org/licenses/sampling+/1.0/ |  |  | review
creativecommons.org/licenses/by-nc-sa-nd/4.0 |  |  | review
http://creativecommons.org/licenses/publicdomain/ |  |  | review
http://creativecommons.org/licenses/by/4.0/ http://creativecommons.org/licenses/by-nc/4.0/ |  |  | review
https://creativecommons.org.example.com/licenses/by/4.0/ |  |  | review
http://notcreativecommons.org/licenses/by/4.0/ |  |  | review
http://creativecommons.org/licenses/by/4.0/#NoDerivatives | CC-BY |  | review
http://creativecommons.org/licenses/by/4.0/?non-commercial | CC-BY |  | review
CC BY http://example.org/terms-ND | CC-BY |  | review
CC BY http://example.org/terms | CC-BY |  | accept
http://example.org/cc-by/4.0/terms |  |  | refuse
creativecommons.org |  |  | review
CC-BY-4.0 | CC-BY | 4.0 | accept
CC0-1.0 | CC0 | 1.0 | accept
CC-BY-NC-SA-3.0-IGO | CC-BY-NC-SA | 3.0 | refuse
CC-BY-SA-2.0-UK | CC-BY-SA | 2.0 | accept
CC_BY_NC_4_0 | CC-BY-NC | 4.0 | accept
CC0_1_0 | CC0 | 1.0 | accept
CC BY-SA-NC | CC-BY-NC-SA |  | refuse
cc_by_nc | CC-BY-NC |  | accept
CCBYNC4.0 | CC-BY-NC | 4.0 | accept
ccby | CC-BY |  | accept
CC/BY/NC | CC-BY-NC |  | accept
CC+BY-SA | CC-BY-SA |  | accept
(CC) BY-NC | CC-BY-NC |  | accept
CC4 BY-NC | CC-BY-NC | 4.0 | accept
CC BY–NC 4.0 | CC-BY-NC | 4.0 | accept
by-nc | CC-BY-NC |  | accept
BY-NC-ND 3.0 | CC-BY-NC-ND | 3.0 | refuse
CC BY v3.0 | CC-BY | 3.0 | accept
CC BY, version 2.5 | CC-BY | 2.5 | accept
CC BY-NC 3,0 | CC-BY-NC | 3.0 | accept
CC BY 4 | CC-BY | 4.0 | accept
CC BY 2018 | CC-BY |  | accept
CC BY-SA 2.1 JP | CC-BY-SA | 2.1 | accept
CC BY-NC 3.0 (CH) | CC-BY-NC | 3.0 | accept
CC-0 | CC0 |  | accept
CC zero | CC0 |  | accept
creative commons zero | CC0 |  | accept
Creative Commons CC0 1.0 Universal Public Domain Dedication | CC0 | 1.0 | accept
CC0 1.0 (Public-domain) | CC0 | 1.0 | accept
Public Domain (CC0) | CC0 |  | accept
CC BY-NC 3.52 | CC-BY-NC |  | review
CC BY 5.0 | CC-BY |  | review
CC0 4.0 | CC0 |  | review
CC BY 3.0 or 4.0 | CC-BY |  | review
Attribution-NonCommercial | CC-BY-NC |  | accept
Attribution-NonCommercial-NoDerivatives | CC-BY-NC-ND |  | refuse
Attribution 4.0 International | CC-BY | 4.0 | accept
Creative Commons Attribution Share Alike | CC-BY-SA |  | accept
Creative Commons Attribution-No Derivative Works 3.0 New Zealand | CC-BY-ND | 3.0 | refuse
Creative Commons Attribution Non-Commercial Australia 3.0 | CC-BY-NC | 3.0 | accept
Creative Commons License: Attribution-ShareAlike 2.0 Generic | CC-BY-SA | 2.0 | accept
Creative Commons Attribution (CC-BY) 4.0 License | CC-BY | 4.0 | accept
Attribution 4.0 International (CC BY 4.0) | CC-BY | 4.0 | accept
Atribución-NoComercial 4.0 Internacional | CC-BY-NC | 4.0 | accept
Reconocimiento-NoComercial-CompartirIgual 2.5 España | CC-BY-NC-SA | 2.5 | refuse
Reconocimiento - Sin Obra Derivada | CC-BY-ND |  | refuse
Atribuição-NãoComercial-SemDerivações 4.0 Internacional | CC-BY-NC-ND | 4.0 | refuse
Creative Commons - Atribuição-CompartilhaIgual 3.0 Brasil | CC-BY-SA | 3.0 | accept
Creative Commons Namensnennung 3.0 Deutschland | CC-BY | 3.0 | accept
Namensnennung - Nicht kommerziell 4.0 International | CC-BY-NC | 4.0 | accept
Namensnennung-Keine Bearbeitung 3.0 | CC-BY-ND | 3.0 | refuse
Namensnennung - Weitergabe unter gleichen Bedingungen 4.0 | CC-BY-SA | 4.0 | accept
Attribution - Pas d’Utilisation Commerciale 4.0 International | CC-BY-NC | 4.0 | accept
Paternité - Pas de Modification 2.0 France | CC-BY-ND | 2.0 | refuse
Licence Creative Commons Attribution - Partage dans les Mêmes Conditions 4.0 | CC-BY-SA | 4.0 | accept
Creative Commons Attribuzione - Non commerciale 3.0 Italia | CC-BY-NC | 3.0 | accept
Attribuzione - Condividi allo stesso modo 4.0 Internazionale | CC-BY-SA | 4.0 | accept
Naamsvermelding-NietCommercieel-GeenAfgeleideWerken 4.0 | CC-BY-NC-ND | 4.0 | refuse
Creative Commons Navngivelse-DelPåSammeVilkår 2.5 Danmark | CC-BY-SA | 2.5 | accept
Erkännande-Ickekommersiell 4.0 Internationell | CC-BY-NC | 4.0 | accept
Uznanie autorstwa-Bez utworów zależnych 3.0 Polska | CC-BY-ND | 3.0 | refuse
知识共享署名-非商业性使用 4.0 国际 | CC-BY-NC | 4.0 | accept
クリエイティブ・コモンズ 表示 - 改変禁止 4.0 国際 | CC-BY-ND | 4.0 | refuse
🅭🅯🄏 4.0 | CC-BY-NC | 4.0 | accept
This photograph is licensed under a Creative Commons Attribution 3.0 Unported License. | CC-BY | 3.0 | accept
Released as CC-BY by the Botanic Garden | CC-BY |  | accept
A. Collector, CC BY-SA 4.0, via Wikimedia Commons | CC-BY-SA | 4.0 | accept
(c) acollector, some rights reserved (CC BY-NC), uploaded by acollector | CC-BY-NC |  | accept
(c) acollector, no rights reserved (CC0) | CC0 |  | accept
© 2019 Natural History Museum. CC BY 4.0 | CC-BY | 4.0 | accept
CC By 3.0 AU / A. Collector | CC-BY | 3.0 | accept
Anonymous, CC by Beetle Watch | CC-BY |  | accept
CC BY-NC, commercial use requires permission | CC-BY-NC |  | accept
CC BY-SA 3.0 or GFDL | CC-BY-SA | 3.0 | accept
GNU FDL 1.2 / CC-BY-SA 3.0 | CC-BY-SA | 3.0 | accept
Images and data are licensed under CC BY 4.0. | CC-BY | 4.0 | accept
Data CC0, images CC BY-NC | CC-BY-NC |  | accept
CC0 for data, CC BY-NC-ND for photographs | CC-BY-NC-ND |  | refuse
Specimen data: Public Domain. Media: CC BY-NC-SA 3.0 | CC-BY-NC-SA | 3.0 | refuse
specimen data Public Domain, media CC BY-NC-SA 3.0 | CC-BY-NC-SA | 3.0 | refuse
Data CC0; CC BY-NC |  |  | review
Metadata: CC0 1.0 | CC0 |  | review
Website text CC BY 4.0 | CC-BY |  | review
Specimen data are CC0. Images are copyright of the museum. | CC0 |  | review
CC BY 4.0 for data, images © Museum, all rights reserved | CC-BY |  | review
CC-BY-SA 3.0CC-BY-NC-SA 3.0 |  |  | review
CC BY or CC BY-NC |  |  | review
Creative Commons Attribution (CC BY-NC-ND) |  |  | review
not CC BY | CC-BY |  | review
This is not a CC BY image | CC-BY |  | review
all rights reserved, not CC0 | CC0 |  | review
CC BY 4.0. All rights reserved | CC-BY |  | review
CC BY is no longer granted | CC-BY |  | review
Unless otherwise noted, CC BY 4.0 | CC-BY |  | review
CC BY 4.0 except for logos | CC-BY |  | review
CC BY? | CC-BY |  | review
probably CC0 | CC0 |  | review
will be CC BY after publication | CC-BY |  | review
CC BY 4.0, NoAI | CC-BY |  | review
CC BY. Do not redistribute. | CC-BY |  | review
CC BY 4.0, ask for permission | CC-BY |  | review
CC BY 4.0 no derivatives | CC-BY |  | review
CC BY; derivatives: ND | CC-BY |  | review
CC BY 4.0-ND | CC-BY |  | review
CC BY 3.0 SA | CC-BY |  | review
CC BY N.D. | CC-BY |  | review
CC BY, no commercial use | CC-BY |  | review
CC BY (personal use only) | CC-BY |  | review
CC BY. No modifications allowed. | CC-BY |  | review
CC-BY-XY | CC-BY |  | review
CC BY-N | CC-BY |  | review
CC BY-style terms | CC-BY |  | review
CC NC |  |  | review
CC BY-SA-ND |  |  | review
NonCommercial-ShareAlike |  |  | review
BY NC | CC-BY-NC |  | review
by | CC-BY |  | review
Attribution | CC-BY |  | review
Attribution required |  |  | review
cc: by A. Collector | CC-BY |  | review
CC by permission of the museum | CC-BY |  | review
Creative Commons by A. Collector | CC-BY |  | review
Creative Commons |  |  | review
CC |  |  | review
CCO |  |  | review
Public Domain |  |  | review
No rights reserved |  |  | review
no known copyright restrictions |  |  | review
Gemeinfrei |  |  | review
https://en.wikipedia.org/wiki/Public_domain |  |  | review
PDM | PDM |  | review
Public Domain Mark 1.0 | PDM | 1.0 | review
https://creativecommons.org/publicdomain/mark/1.0/ | PDM | 1.0 | review
ODC-By 1.0 | ODC-BY | 1.0 | review
Open Data Commons Attribution License | ODC-BY |  | review
https://opendatacommons.org/licenses/pddl/1-0/ | PDDL | 1.0 | review
PDDL | PDDL |  | review
Open Database License (ODbL) | ODbL |  | refuse
All Rights Reserved. |  |  | refuse
Alle Rechte vorbehalten |  |  | refuse
(c) The Garden |  |  | refuse
© 2020 |  |  | refuse
Copyright A. Byrne |  |  | refuse
photo by J. Smith |  |  | refuse
Photo by N.D. Jones, Raleigh NC |  |  | refuse
cc: someone |  |  | refuse
USA |  |  | refuse
North Carolina NC |  |  | refuse
Sandby and Company |  |  | refuse
2nd edition, no. 0 |  |  | refuse
zero |  |  | refuse
GFDL |  |  | refuse
http://rightsstatements.org/vocab/InC/1.0/ |  |  | refuse
http://www.europeana.eu/rights/rr-f/ |  |  | refuse
http://en.wikipedia.org/wiki/Copyright |  |  | refuse
Not for profit use only |  |  | refuse
Free for non-commercial use with permission |  |  | refuse
Attribution: SA Museum | CC-BY-SA |  | review
Photograph, attribution NC | CC-BY-NC |  | review
with attribution 3.0 times | CC-BY |  | review
filled with 5 cc 0 degrees | CC0 |  | review
Attribution NC | CC-BY-NC |  | accept
cc 0 | CC0 |  | accept
Attribution: A. Collector |  |  | refuse
http://... |  |  | refuse
n/a |  |  | refuse
"""


def rows() -> list[tuple[str, str, str, str]]:
    """(text, code, version, verdict) of each line."""
    parts = [line.rsplit("|", 3) for line in TABLE.strip().splitlines()]
    return [
        (text.strip(), code.strip(), version.strip(), verdict.strip())
        for text, code, version, verdict in parts
    ]
