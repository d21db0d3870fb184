"""The places of a text that name a licence."""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from curation.licensing.codes import JURISDICTION_NAMES, JURISDICTIONS, code_of
from curation.licensing.words import Word

GAP = re.compile(r"[\s\-_/().,:+&#'@]*$")
JOINED = re.compile(r"[\-_/]?$")
DIRECT = {"pdm": "PDM", "odcby": "ODC-BY", "pddl": "PDDL", "odbl": "ODbL", "zero": "CC0"}
# What may stand between the name of a licence and its version.
BETWEEN = ("filler", "place")
ALTERNATIVES = ("or", "and", "oder", "und", "ou", "et", "o", "y", "e")
LICENCE_WORDS = re.compile(r"li[czs]en|lizen|лиценз")


@dataclass(slots=True)
class Statement:
    """A licence named by the words `first:last`. `problem` says why it can't be taken as it stands."""

    first: int
    last: int
    code: str = ""
    version: str = ""
    jurisdiction: str = ""
    problem: str = ""
    scope: str = field(default="")


class Finder:
    """Goes through the words of one text and yields its statements."""

    def __init__(self, words: list[Word], text: str) -> None:
        self.words = words
        self.text = text

    def statements(self) -> list[Statement]:
        found, at = [], 0
        while at < len(self.words):
            statement = self._at(at)
            if statement:
                found.append(statement)
                at = max(statement.last, at + 1)
            else:
                at += 1
        return found

    def _at(self, at: int) -> Statement | None:
        word = self.words[at]
        if word.kind == "address" and word.address and word.address.kind in ("licence", "odd"):
            one = word.address
            problem = "" if one.kind == "licence" else "The address is none of a licence that exists"
            return Statement(at, at + 1, one.code, one.version, one.jurisdiction, problem)
        if word.kind in DIRECT:
            statement = self._ended(Statement(at, at + 1, DIRECT[word.kind]))
            if re.fullmatch(r"cc\s+0", word.raw) and statement.last - at < len(self.words):
                statement.problem = "It may speak of a volume"  # cubic centimetres
            return statement
        if word.kind in ("cc", "commons"):
            return self._prefixed(at)
        if word.kind == "element" and "by" in word.elements:
            return self._bare(at)
        return None

    def gap(self, at: int) -> str:
        """The characters between word `at - 1` and word `at`."""
        return self.text[self.words[at - 1].end : self.words[at].start]

    def goes_on(self, at: int) -> bool:
        """Whether word `at` may belong to the same name as the one before it."""
        if not 0 < at < len(self.words):
            return False
        return bool(GAP.match(self.gap(at))) and self.words[at].sentence == self.words[at - 1].sentence

    def _elements(self, at: int) -> tuple[frozenset[str], int]:
        """The elements from word `at` on, and where they end."""
        elements, end = self._run(at)
        if elements and self.goes_on(end):
            # The same once more, in short: "Attribution (by)".
            again, after = self._run(end)
            end = after if again == elements else end
        return elements, end

    def _run(self, at: int) -> tuple[frozenset[str], int]:
        """Elements in a row, none of them twice."""
        elements: frozenset[str] = frozenset()
        while at < len(self.words) and (word := self.words[at]).kind == "element":
            if elements & word.elements or (elements and not self.goes_on(at)):
                break
            elements |= word.elements
            at += 1
        return elements, at

    def _prefixed(self, at: int) -> Statement | None:
        """A name that begins with CC or Creative Commons."""
        spelled = self.words[at].kind == "commons"
        version, end = "", at + 1
        while self.goes_on(end) and self.words[end].kind in ("cc", "commons", "filler", "version", "number"):
            word = self.words[end]
            if word.kind in ("cc", "commons"):
                spelled = spelled and word.kind == "commons"
            elif word.kind == "version":
                version = _version(word.text)
            elif word.kind == "number":
                if len(word.text) > 1 or self.gap(end).strip("-_"):
                    break
                version = f"{word.text}.0"
            end += 1
        if not self.goes_on(end):
            return None
        word = self.words[end]
        if word.kind == "word" and word.text in ("zero", "null"):
            return self._ended(Statement(at, end + 1, "CC0", version))
        if word.kind in ("pd", "pdm", "zero"):
            return None
        elements, last = self._elements(end)
        if not elements:
            return None
        statement = Statement(at, last, code_of(elements), version)
        if not statement.code:
            statement.problem = "The parts named are those of no licence that exists"
        elif elements == {"by"}:
            statement.problem = self._doubt_of_by(end, last, spelled)
        return self._ended(statement)

    def _doubt_of_by(self, by: int, last: int, spelled: bool) -> str:
        """Why "by" alone may not be the licence element but a credit ("Creative Commons, by A. Smith")."""
        word, gap = self.words[by], self.gap(by)
        following = self.words[last] if last < len(self.words) else None
        if word.long:
            if following and re.match("(?:required|needed|necessary|must|is|please|to|of)$", following.text):
                return "Attribution is spoken of, a licence is not named"
            return "A comma stands between Creative Commons and attribution" if "," in gap else ""
        closely = bool(re.fullmatch(r"[\-_/(]*|\s*[\-_(]+\s*", gap))
        if (
            closely
            or following is None
            or following.kind not in ("word", "media", "data", "loosely", "restriction")
        ):
            return ""
        between = self.text[word.end : following.start]
        if between.strip() and not between.strip().startswith(":"):
            return ""
        if ":" in gap or (spelled and word.raw != "BY") or (word.raw != "BY" and following.raw[:1].islower()):
            return 'Here "by" may be a word and not a licence'
        return ""

    def _bare(self, at: int) -> Statement | None:
        """A name without CC before it: by-nc-sa, Attribution-NonCommercial, Attribution 4.0 International."""
        if at and self.gap(at) in ("-", "_") and self.words[at - 1].kind not in ("version", "filler"):
            return None
        elements, end = self._elements(at)
        statement = self._ended(Statement(at, end, code_of(elements)))
        alone = at == 0 and statement.last == len(self.words)
        words = self.words[at:end]
        if not statement.code:
            statement.problem = "The parts named are those of no licence that exists"
        if len(elements) == 1:
            licence = statement.version or any(
                LICENCE_WORDS.match(one.text) for one in self.words[end : statement.last]
            )
            if words[0].long and licence:
                named = alone or words[0].raw[:1] != words[0].text[:1]
                if not named or ":" in self.text[words[0].end : self.words[statement.last - 1].start]:
                    statement.problem = "It speaks of attribution and may name no licence"
                return statement
            if alone and statement.version:
                return statement
            if alone:
                statement.problem = "It names attribution, which alone is no name of a licence"
                return statement
            if statement.version and words[0].raw == "BY":
                statement.problem = "Without CC before it, this may be no licence"
                return statement
            return None
        if words[0].long:
            gaps = [(self.gap(one), self.words[one]) for one in range(at + 1, end)]
            if any("," in gap or ":" in gap for gap, _ in gaps):
                statement.problem = "It lists conditions and names no licence"
            elif not alone and any(not gap.strip() and not one.long for gap, one in gaps):
                statement.problem = "Without CC before it, this may be no licence"
            elif end < len(self.words) and re.match("uses?$|purposes?$|only$", self.words[end].text):
                statement.problem = "It speaks of a use and names no licence"
            return statement
        joined = all(JOINED.match(self.gap(one)) for one in range(at + 1, end))
        if joined or (alone and statement.version):
            return statement
        if alone:
            statement.problem = "Without CC before it, this may be no licence"
            return statement
        return None

    def _ended(self, statement: Statement) -> Statement:
        """`statement` with the version and the jurisdiction that follow its name."""
        at = statement.last
        place = ""
        while self.goes_on(at) and self.words[at].kind in BETWEEN:
            if self.words[at].kind == "place":
                place = JURISDICTION_NAMES[re.sub(r"[\s\-_']+", " ", self.words[at].text)]
            elif self.words[at].text in ("public",):
                break
            at += 1
        if self.goes_on(at) and (version := self._version_at(at)):
            if statement.version and statement.version != version:
                statement.problem = statement.problem or "It names two versions"
            statement.version, at = version, at + 1
            statement.jurisdiction = place
            also = at + 1 if at < len(self.words) and self.words[at].text in ALTERNATIVES else at
            if self.goes_on(also) and self.words[also].kind == "version":
                statement.problem = statement.problem or "It names more than one version"
        elif place and at < len(self.words):
            at = statement.last
        else:
            statement.jurisdiction = place
        while self.goes_on(at):
            word = self.words[at]
            if word.kind == "place":
                statement.jurisdiction = JURISDICTION_NAMES[re.sub(r"[\s\-_']+", " ", word.text)]
            elif statement.version and self._is_jurisdiction(at):
                statement.jurisdiction = "uk" if word.text == "gb" else word.text
            elif word.kind != "filler":
                break
            at += 1
        statement.last = max(statement.last, at)
        if at < len(self.words) and re.fullmatch("[-_]", self.gap(at)) and self._is_unknown(self.words[at]):
            problem = f"What follows the licence is unknown: {self.words[at].raw[:40]}"
            statement.problem = statement.problem or problem
        return statement

    @staticmethod
    def _is_unknown(word: Word) -> bool:
        """Whether a word that hangs on the name by a hyphen might change it ("CC-BY-XY")."""
        return not word.elements and word.kind not in ("version", "number", "pd", "media", "address")

    def _version_at(self, at: int) -> str:
        word = self.words[at]
        if word.kind == "version":
            return _version(word.text)
        if word.kind != "number" or len(word.text) > 2:
            return ""
        # "CC BY 4" is a version, "CC BY 4 photographs" is not.
        counted = at + 1 < len(self.words) and self.words[at + 1].kind in ("word", "media", "data", "loosely")
        if counted and re.fullmatch(r"\s+", self.gap(at + 1)) and not self._is_jurisdiction(at + 1):
            return ""
        return f"{int(word.text)}.0"

    def _is_jurisdiction(self, at: int) -> bool:
        word = self.words[at]
        if word.text not in JURISDICTIONS and word.text != "gb":
            return False
        last = at + 1 == len(self.words)
        return last or word.raw.isupper() or bool(re.match(r"[-_(/]", self.gap(at).strip() or " "))


def _version(text: str) -> str:
    """The number in "v. 3,0" or "3_0"."""
    number = re.sub(r"[,_\-]", ".", re.sub(r"^[a-z\s._]+", "", text))
    return number if "." in number else f"{number}.0"
