"""What `make audit` looks at: secrets in the repository, licences and known holes of what is installed.

python -m tests.security.audit [--write]     --write: docs/dependencies.md anew
Exit status 0: nothing found; 1: something was. Where the data about holes cannot be had, it says so.
"""

from __future__ import annotations

import argparse
import json
import math
import re
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator
from importlib import metadata
from pathlib import Path

from packaging.requirements import Requirement

ROOT = Path(__file__).resolve().parents[2]
DOCUMENT = ROOT / "docs" / "dependencies.md"
LONGEST = 1 << 20  # bytes of a file that are looked at

SECRETS = {
    "a private key": re.compile(r"-----BEGIN (?:[A-Z]+ )*PRIVATE KEY-----"),
    "a key of Amazon": re.compile(r"\b(?:AKIA|ASIA)[0-9A-Z]{16}\b"),
    "a token of this API": re.compile(r"\bvas_[A-Za-z0-9_-]{43}\b"),
    "a token of GitHub": re.compile(r"\bgh[pousr]_[A-Za-z0-9]{36}\b"),
    "a token of Hugging Face": re.compile(r"\bhf_[A-Za-z0-9]{30,}\b"),
    "a token of Slack": re.compile(r"\bxox[abprs]-[A-Za-z0-9-]{10,}"),
    "a key of Google": re.compile(r"\bAIza[0-9A-Za-z_-]{35}\b"),
    "a signed token": re.compile(r"\beyJ[A-Za-z0-9_-]{10,}\.eyJ[A-Za-z0-9_-]{10,}\."),
    "an address with a password": re.compile(
        r"\b[a-z]+://[^\s:/@\"'<>{}$]+:(?P<value>[^\s:/@\"'<>{}$]{8,})@"
    ),
    "a password or key": re.compile(
        r"""(?i)(?:password|passwd|secret|api_?key|token)\w{0,8}["']?\s*[:=]\s*["'](?P<value>[^"'\s{}<>]{12,})["']"""
    ),
}
COUNTED = "0123456789"  # what stands in for a key in tests
BITS = 3.3  # of a character: words have less, random strings more

# Licences under which anybody may use, change and pass on, as the names that packages give them.
FREE = (
    "MIT", "MIT-0", "MIT-CMU", "BSD", "0BSD", "BSD-2-Clause", "BSD-3-Clause", "Apache-2.0", "ISC", "Zlib",
    "PSF-2.0",    "CNRI-Python", "CC0-1.0", "Unlicense", "HPND", "LLVM-exception",
)  # fmt: skip
# These ask that changes to the package itself stay under them; nothing here is changed.
WEAK = ("LGPL-3.0", "LGPL-3.0-only", "LGPL-3.0-or-later", "MPL-2.0", "GPL-2.0-with-classpath")
# Packages whose own words are not enough, and what their files say. Of two licences to choose from, the free.
LOOKED_UP = {
    "axe-playwright-python": "MIT",
    "cleanlab": "Apache-2.0",  # the whole text of it stands where its name should
    "mlcroissant": "Apache-2.0",
    "namex": "Apache-2.0",
    "pytest-timeout": "MIT",
    "qrcode": "BSD-3-Clause",  # its second words are about the patent and the name of QR codes
    "text-unidecode": "Artistic-1.0 OR GPL-2.0-or-later",
}
# Under the GPL, knowingly, and of the tests alone: docs/security.md says what follows.
KNOWN = {"text-unidecode": "Artistic-1.0 OR GPL-2.0-or-later"}
# Name -> reason: packages under the GPL or AGPL that Vasculum may run on nevertheless. Whoever passes both on
# together would have to do so under those terms, so that a reason has to say why that is well.
COPYLEFT: dict[str, str] = {}
NAMES = {
    r"apache( software)?( license)?,?( version)?[ -]?(2(\.0)?)?( license)?": "Apache-2.0",
    r"(the )?mit( license)?": "MIT",
    r"(3-clause bsd|bsd 3-clause|new bsd|modified bsd).*": "BSD-3-Clause",
    r"bsd.*see.*|bsd( license)?": "BSD",
    r"mozilla public license 2\.0.*": "MPL-2.0",
    r"isc license.*": "ISC",
    r"python software foundation license": "PSF-2.0",
}


def entropy(text: str) -> float:
    """Shannon's, in bits a character."""
    counts = Counter(text).values()
    return -sum(n / len(text) * math.log2(n / len(text)) for n in counts)


def secrets_in(text: str) -> Iterator[tuple[int, str]]:
    """Line and what seems to stand in it. Values as simple as words are none."""
    for what, pattern in SECRETS.items():
        for found in pattern.finditer(text):
            value = found.groupdict().get("value")
            if value is None or (entropy(value) > BITS and re.search(r"\d", value) and COUNTED not in value):
                yield text.count("\n", 0, found.start()) + 1, what


def tracked() -> list[Path]:
    """Files of the repository that git knows."""
    done = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, text=True, check=True)
    return [ROOT / name for name in done.stdout.split("\0") if name]


def scan(paths: list[Path]) -> list[str]:
    found = []
    for path in paths:
        if path.is_file() and path.stat().st_size <= LONGEST:
            text = path.read_text(errors="ignore")
            found += [f"{path.relative_to(ROOT)}:{line}: {what}" for line, what in secrets_in(text)]
    return found


def licence(name: str, said: str) -> str:
    """The licence as an SPDX expression, as far as the package's words allow."""
    if name.lower() in LOOKED_UP:
        return LOOKED_UP[name.lower()]
    parts = []
    for part in said.split(";"):
        words = " ".join(part.split())
        parts.append(next((spdx for rule, spdx in NAMES.items() if re.fullmatch(rule, words, re.I)), words))
    return " AND ".join(dict.fromkeys(parts))


def judged(name: str, expression: str) -> str:
    """`free`, `weak` (copyleft of the package alone), `known` or `unknown`; of alternatives the best."""
    best = "unknown"
    for way in re.split(r"\s+OR\s+", expression):
        terms = {term.strip("() ") for term in re.split(r"\s+(?:AND|WITH)\s+", way)}
        if terms <= set(FREE):
            return "free"
        if terms <= {*FREE, *WEAK}:
            best = "weak"
    return "known" if best == "unknown" and KNOWN.get(name.lower()) == expression else best


def packages() -> list[tuple[str, str, str]]:
    """Name, version and licence of what constraints.txt pins and is installed here."""
    words = [sys.executable, "-m", "piplicenses", "--format=json", "--from=mixed", "--with-system"]
    said = json.loads(subprocess.run(words, capture_output=True, text=True, check=True).stdout)
    pinned = {name for name, _version in pins()}
    rows = [(row["Name"], row["Version"], licence(row["Name"], row["License"])) for row in said]
    return sorted((row for row in rows if plain(row[0]) in pinned), key=lambda row: row[0].lower())


def runtime() -> set[str]:
    """Plain names of what requirements.txt asks for and of all that these bring along."""
    lines = [line.split("#")[0].strip() for line in (ROOT / "requirements.txt").read_text().splitlines()]
    wanted = [Requirement(line) for line in lines if line and not line.startswith("-")]
    seen: set[str] = set()
    done: set[tuple[str, str]] = set()
    while wanted:
        one = wanted.pop()
        seen.add(plain(one.name))
        for extra in one.extras or {""}:
            if (key := (plain(one.name), extra)) in done:
                continue
            done.add(key)
            for line in metadata.requires(one.name) or []:
                more = Requirement(line)
                if not more.marker or any(more.marker.evaluate({"extra": each}) for each in {extra, ""}):
                    wanted.append(more)
    return seen


def under_gpl(rows: list[tuple[str, str, str]], names: set[str], reasons: dict[str, str]) -> list[str]:
    """Of these packages, those that can only be had under the GPL or AGPL, without a reason given."""

    def bound(expression: str) -> bool:
        ways = re.split(r"\s+OR\s+", expression)
        return all(re.search(r"(?<!L)\bA?GPL|GNU (Affero )?General Public", way) for way in ways)

    return [
        f"{name} {version}: {expression}"
        for name, version, expression in rows
        if plain(name) in names and bound(expression) and not reasons.get(plain(name))
    ]


def plain(name: str) -> str:
    """As PEP 503 compares names."""
    return re.sub(r"[-_.]+", "-", name).lower()


def pins() -> list[tuple[str, str]]:
    found = []
    for line in (ROOT / "constraints.txt").read_text().splitlines():
        if "==" in line and not line.startswith("#"):
            name, _sign, version = line.partition("==")
            found.append((plain(name.strip()), version.strip()))
    return found


def document(rows: list[tuple[str, str, str]]) -> str:
    lines = [
        "# Licences of what Vasculum runs on",
        "",
        "Written by `make audit` from what the installed packages say of themselves; `make test` looks if it",
        "is up to date and whether a licence is among them that nobody has looked at. The packages of the",
        "tests and checks are in it, too. What follows from the ones in bold: [security.md](security.md).",
        "",
        "| package | version | licence |",
        "|---|---|---|",
    ]
    for name, version, expression in rows:
        shown = f"**{expression}**" if judged(name, expression) in {"known", "weak"} else expression
        lines.append(f"| {name} | {version} | {shown} |")
    return "\n".join(lines) + "\n"


def holes() -> tuple[bool, str]:
    """Whether all is well as far as can be known, and what to say. Asks pip-audit, where it is installed."""
    own = ROOT / ".venv-audit" / "bin" / "python"  # what `make audit` makes
    words = [
        str(own if own.exists() else sys.executable),
        "-m",
        "pip_audit",
        "-r",
        str(ROOT / "constraints.txt"),
    ]
    words += [
        "--no-deps",
        "--disable-pip",
        "--format",
        "json",
        "--progress-spinner",
        "off",
        "--timeout",
        "15",
    ]
    try:
        done = subprocess.run(words, capture_output=True, text=True, check=False, timeout=300)
    except subprocess.TimeoutExpired:
        return True, "Known holes: NOT CHECKED, pip-audit gave no answer in five minutes."
    try:
        rows = json.loads(done.stdout)["dependencies"]
    except (ValueError, KeyError):
        return True, f"Known holes: NOT CHECKED, pip-audit said: {done.stderr.strip()[-300:]}"
    return told(rows)


def told(rows: list[dict[str, object]]) -> tuple[bool, str]:
    """What the answer of pip-audit means. A package that it could not look up is not one without holes."""
    skipped = [row for row in rows if "skip_reason" in row]
    bad = [f"{row['name']} {row['version']}: {one['id']}" for row in rows for one in row.get("vulns", [])]  # type: ignore[attr-defined]
    if bad:
        return False, "Known holes:\n  " + "\n  ".join(bad)
    if len(skipped) == len(rows):
        return True, f"Known holes: NOT CHECKED, the data cannot be reached from here ({len(rows)} packages)."
    rest = f"; {len(skipped)} could not be looked up" if skipped else ""
    return True, f"Known holes: none in {len(rows) - len(skipped)} packages{rest}."


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--write", action="store_true", help="write docs/dependencies.md")
    parser.add_argument("--offline", action="store_true", help="without asking for known holes")
    asked = parser.parse_args(arguments)
    leaks, rows = scan(tracked()), packages()
    wrong = [f"{name} {version}: {text}" for name, version, text in rows if judged(name, text) == "unknown"]
    well, words = (True, "Known holes: not asked for.") if asked.offline else holes()
    wrong += under_gpl(rows, runtime(), COPYLEFT)
    lines = [f"Secrets: {len(leaks) or 'none'}", *leaks]
    lines += [
        f"Licences: {len(rows)} packages, {len(wrong) or 'none'} with one to look at",
        *wrong,
        words,
    ]
    if asked.write:
        DOCUMENT.write_text(document(rows))
        lines.append(f"Written: {DOCUMENT.relative_to(ROOT)}")
    sys.stdout.write("\n".join(lines) + "\n")
    return int(bool(leaks or wrong) or not well)


if __name__ == "__main__":
    sys.exit(main())
