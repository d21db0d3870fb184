"""What licences, their elements and the other statements about rights are called, in several languages.

Words are given as `normalise.plain` leaves them, in lower case: without marks. Between the words of a
name any blanks, hyphens, underscores and apostrophes may stand, or nothing ("share alike", "ShareAlike").
The names of the elements are those of the deeds at creativecommons.org and its ports.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable

BY = """
attribution|atribucion|atribuicao|namensnennung|paternite|attribuzione|naamsvermelding|reconocimiento
reconeixement|recoñecemento|navngivelse|navngivning|navngiving|erkannande|nimea|uznanie autorstwa
uvedte puvod|uvedte autora|uveďte autora|atribuire|imenovanje|priznanje avtorstva|nevezd meg|aitortu
autorstvo|autoriaus priskyrimas|署名|姓名標示|表示|저작자표시|атрибуция|с указанием авторства
зазначення авторства|із зазначенням авторства
"""
NC = """
non comercial|uso non comercial|uso no comercial|uso nao comercial|sem uso comercial
pas d'utilisation commerciale|utilisation non commerciale|pas d'usage commercial|usage non commercial
keine kommerzielle nutzung|nicht kommerzielle nutzung|noncom|uzycie niekomercyjne|niekomercyjne
neuzivejte komercne|neuzivejte dilo komercne|nevyuzivejte komercne|necomercial|nekomercijalno
nekomercialno|nekomercne|ne add el|ez komertziala|ei kaupallinen|nekomercinis naudojimas|非商业性使用
非商業性|非商业性|非営利|비영리|некоммерческое использование|некоммерческая|некоммерческий|некомерційна
некоммерческое|некомерційне використання
"""
# "Non-commercial" in any of its endings, in the languages where it is one word with a negation before it.
NC_PATTERN = (
    r"(?:non|no|nao|nicht|niet|ikke|icke|inte)[\s\-_']*"
    r"(?:com+erc(?:i?al|ie?el)[eis]?|kommer[csz]i?el+(?:e[nrs]?|t)?|komer[cs][a-z]{0,6})"
)
SA = """
share alike|share a like|compartir igual|compartir bajo la misma licencia|compartilha igual
compartilhamento pela mesma licenca|partilha nos mesmos termos|partilha nos termos da mesma licenca
partage dans les memes conditions|partage a l'identique|partage a l identique
partage des conditions initiales a l'identique|weitergabe unter gleichen bedingungen
condividi allo stesso modo|stessa licenza|gelijk delen|del pa samme vilkar|del pa like vilkar|dela lika
jaa samoin|na tych samych warunkach|zachovejte licenci|deli pod istimi pogoji
deljenje pod enakimi pogoji|dijeli pod istim uvjetima|delite pod istim uslovima|igy add tovabb
partekatu berdin|compartilla igual|compartir amb la mateixa llicencia|distribuire in conditii identice
相同方式共享|相同方式分享|継承|동일조건변경허락|на тех же условиях|с сохранением условий
на тих самих умовах|поширення на тих самих умовах
"""
ND = """
sin derivadas|sin derivar|sin obra derivada|sin obras derivadas|sem derivacoes|sem derivados
sem derivadas|sem obras derivadas|sen obra derivada|sense obra derivada|sense obres derivades
pas de modification|pas de modifications|sans modification|pas de derives|pas d'oeuvre derivee
pas d'oeuvres derivees|sans oeuvre derivee|keine bearbeitung|keine bearbeitungen|keine abwandlung
non opere derivate|nessuna opera derivata|geen afgeleide werken|geen afgeleiden|ingen bearbeidelse
ingen bearbeidelser|ingen bearbejdelse|ingen bearbejdelser|ingen bearbetning|inga bearbetningar
ei muutoksia|ei jalkiperaisia teoksia|bez utworow zaleznych|nezasahujte|nezasahujte do dila
nezpracovavejte|brez predelav|bez prerada|bez prilagodbi|ne valtoztasd|lan eratorririk gabe
fara modificari|fara derivate|禁止演绎|禁止改作|改変禁止|변경금지|без производных
без производных произведений|без похідних|без похідних творів
"""
ND_PATTERN = (
    r"(?:no|non|not|without|with no|sans|sin|sem|sense|senza)[\s\-_']*"
    r"(?:any\s+|for\s+)?deriv[a-z]*(?:[\s\-_]+works?\b)?"
)

# Said of the use, and not a name: tells what a licence must hold, and is none.
NC_SAID = """
no commercial use|no commercial uses|not for commercial use|not for commercial|not for profit
not for profit use|non profit|nonprofit|for profit|personal use|private use|educational use
education only|research use|academic use|scientific use|commercial use is|commercial use requires
commercial use prohibited|for commercial use|commercial uses require|commercial use only
commercial use by|commercial licence|commercial license
"""
ND_SAID = """
modification|modifications|bearbeitung|bearbeitungen|afgeleide|afgeleiden|modificaciones|modificacoes
no modification|no modifications|no alteration|no alterations|no adaptation|no adaptations|no changes
no remix|no remixing|unmodified|unaltered|verbatim copies|not be modified|not be altered|not be changed
not modify|not alter|no editing|no cropping|no edits|no adaptaciones|keine veranderung
keine veranderungen|keine anderungen|no modificar
"""

RESERVED = """
all rights reserved|all right reserved|rights reserved|todos los derechos reservados|derechos reservados
todos os direitos reservados|direitos reservados|tous droits reserves|droits reserves
alle rechte vorbehalten|rechte vorbehalten|tutti i diritti riservati|alle rechten voorbehouden
alla rattigheter forbehallna|alle rettigheter forbeholdt|alle rettigheder forbeholdes
kaikki oikeudet pidatetaan|wszelkie prawa zastrzezone|vsechna prava vyhrazena|minden jog fenntartva
in copyright|copyrighted material
"""
SOME_RESERVED = (
    "some rights reserved|algunos derechos reservados|alguns direitos reservados|certains droits reserves"
)
PUBLIC_DOMAIN = """
public domain|domaine public|dominio publico|dominio pubblico|gemeinfrei|publiek domein|domena publiczna
domini public|no rights reserved|no known copyright|no known copyright restrictions
known copyright restrictions|no copyright|copyright free|free of copyright|public domain dedication
公共领域|公有领域|общественное достояние
"""
COMMONS = """
知识共享|创作共用|創用cc|創用 cc|クリエイティブ・コモンズ
クリエイティブコモンズ|크리에이티브 커먼즈|криейтив коммонс
"""
PUBLIC_DOMAIN_MARK = "public domain mark|pd mark|pdm|cc pdm|cc pd mark|creative commons public domain mark"
ODC_BY = "open data commons attribution|odc by|odc attribution|opendatacommons by|open data commons by"
PDDL = """
pddl|odc pddl|public domain dedication and licence|public domain dedication and license
open data commons public domain dedication|open data commons public domain dedication and licence
open data commons public domain dedication and license|public domain dedication & license
"""
ODBL = "odbl|odb l|open database licence|open database license|odc odbl|open data commons open database"
# Licences beside which a Creative Commons one may stand, as the other of two to choose from.
BESIDE = """
gfdl|gnu fdl|gnu free documentation licence|gnu free documentation license|free documentation license
gpl|gnu gpl|gnu general public license|gnu general public licence|free art license|free art licence
"""

FILLERS = """
licence|license|licences|licenses|licensed|licenced|licencia|licenca|lizenz|licentie|lisens|licens
licenza|lisenssi|licenc|licencja|international|internacional|internationale|internazionale
internationaal|internasjonal|unported|generic|generico|generique|generica|universal|universel|public
version|versions|ver|deed|legal code|legalcode|lizenzvertrag|non transposee|non transpose|no adaptada
nao adaptada|nicht portiert|국제|国际|國際|국제 라이선스|许可协议|международная|лицензия|лицензии
"""
DOUBTS = """
probably|possibly|perhaps|maybe|presumably|likely|unknown|uncertain|unclear|undetermined|unspecified|tbc
tbd|pending|proposed|assumed|unsure|to be confirmed|to be decided|unconfirmed|unverified|disputed
intended|expected|requested|equivalent|compatible|similar|comparable|like|will be|would be|could be
should be|might be|may be|will become|to become|planned|after|thumbnail|thumbnails|preview|previews
low resolution|but|however|although|aber|pero|vermutlich|wahrscheinlich|quizas|peut etre
"""
NEGATIONS = """
not|no|non|never|neither|nor|cannot|can't|isn't|aren't|wasn't|doesn't|don't|won't|without|except
excepting|excluding|excludes|formerly|previously|former|until|revoked|withdrawn|expired|superseded
replaced|other than|instead of|rather than|used to|nicht|kein|keine|keinen|keiner|ohne|ausser|pas|sans
sauf|sin|salvo|excepto|nao|sem|senza|niet|geen|ikke|icke|inte|aucune|aucun|ninguna|nessuna|incompatible
violates|violation|refused|declined|denied|lacks|lacking|false|opted out
"""
# These turn a licence about wherever in the text they stand.
EXCEPTIONS = """
unless|except|excepting|excluding|exception|exceptions|with the exception|sauf|salvo|ausser|excepto
ausgenommen|tranne
"""
HARMLESS = """
without restriction|without restrictions|without asking permission|without asking for permission
without permission needed|no permission needed|no permission required|without any restriction
without limitation|without warranty|without warranties|no warranty|no warranties|without guarantee
not responsible|not liable|no need to ask|not required|but not required|no conditions|for any purpose
even for commercial purposes|including for commercial purposes|including commercial use
including commercially|even commercially|commercial use allowed|commercial use permitted|non exclusive
"""
RESTRICTIONS = """
permission|permissions|prior consent|written consent|consent of|consent from|prohibited|forbidden
restricted|embargo|embargoed|may not|must not|do not|does not|shall not|should not|not be used
not be redistributed|not redistribute|not be reproduced|not permitted|not allowed|not for|not to be
use only|uses only|only for|only be used|purposes only|fee|fees|purchase|confidential|on request
upon request|for sale|rights managed|erlaubnis|genehmigung|permiso|autorisation|autorizacion|autorizacao
authorisation|authorization|no redistribution|no reproduction|no reuse|no download|no use|strictly|noai|no ai
"""
MEDIA = """
image|images|photo|photos|photograph|photographs|photography|media|multimedia|picture|pictures|scan
scans|image data|image files|images of specimens|specimen images|specimen image|bild|bilder|foto|fotos
fotografias|fotografia|imagen|imagenes|imagem|imagens|immagini|immagine|afbeelding|afbeeldingen
photographies|illustration|illustrations|still images|digital images|figures|drawings
"""
# Said of what is surely not the picture ...
DATA = """
specimen data|occurrence data|metadata|meta data|record|records|data records|occurrence|occurrences
label data|labels|text|texts|descriptions|audio|sound|sounds|video|videos|movie|movies|software|code
source code|website|web site|web page|webpage|checklist|metadaten|metadatos|metadados
"""
# ... and of what may hold it.
DATA_LOOSELY = "data|dataset|datasets|data set|database|databases|daten|datos|dados|donnees|dati|gegevens"


def folded(words: str) -> str:
    """`words` without marks, as the texts are."""
    return "".join(one for one in unicodedata.normalize("NFKD", words) if unicodedata.category(one) != "Mn")


def phrases(*texts: str) -> str:
    """A pattern for any of the names in `texts` (divided by | or line ends), the longest first."""
    names = {name.strip() for text in texts for name in folded(text).replace("\n", "|").split("|")}
    ordered = sorted(names - {""}, key=lambda name: (-len(name), name))
    # Scripts without blanks between words have no word ends to look for.
    spaced = "|".join(_pattern(name) for name in ordered if name[0] < "\u0500")
    unspaced = "|".join(_pattern(name) for name in ordered if name[0] >= "\u0500")
    return "|".join(filter(None, (whole([spaced]) if spaced else "", unspaced)))


def _pattern(name: str) -> str:
    return r"[\s\-_']*".join(re.escape(word) for word in re.split(r"[ ']", name))


def whole(patterns: Iterable[str]) -> str:
    """Patterns that must stand as words of their own."""
    return "|".join(rf"(?<![^\W\d_])(?:{pattern})(?![^\W\d_])" for pattern in patterns)
