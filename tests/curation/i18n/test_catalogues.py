"""Every catalogue says all that the sources say, with the same placeholders; the check tells where not."""

from __future__ import annotations

import io
import re
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from django.core.management import CommandError, call_command

from curation.languages import languages, own_name
from curation.management.catalogues import files
from curation.management.catalogues.extract import Found, extracted

FOUND = [
    Found("", "Leave it", "a.py"),
    Found("", ("%(n)s row", "%(n)s rows"), "b.html"),
    Found("js", "{n} waiting", "c.js"),
]


@pytest.fixture
def po(tmp_path: Path) -> Path:
    path = tmp_path / "es" / "LC_MESSAGES" / "django.po"
    path.parent.mkdir(parents=True)
    path.touch()
    return path


def write(po: Path, strings: list[Any]) -> list[str]:
    """What is wrong with a catalogue that says `strings`."""
    catalogue = files.updated(files.read(po), FOUND)
    for found, string in zip(FOUND, strings, strict=True):
        catalogue.get(found.text, context=found.context or None).string = string
    po.write_bytes(files.as_po(catalogue))
    po.with_suffix(".mo").write_bytes(files.as_mo(files.read(po)))
    return list(files.problems(po, FOUND))


def test_every_language_says_everything() -> None:
    call_command("messages", check=True)


def test_a_whole_catalogue_has_nothing_wrong(po: Path) -> None:
    assert write(po, ["Dejarlo", ("%(n)s fila", "%(n)s filas"), "{n} en espera"]) == []
    assert write(po, ["Dejarlo", ("Una fila", "%(n)s filas"), "{n} en espera"]) != []


@pytest.mark.parametrize(
    ("strings", "said"),
    [
        (["", ("%(n)s fila", "%(n)s filas"), "{n} en espera"], "es: 'Leave it' (a.py) is not translated"),
        (["Dejarlo", ("%(n)s fila", ""), "{n} en espera"], "es: '%(n)s row' (b.html) is not translated"),
        (["Dejarlo", ("%(n)s fila", "%(m)s filas"), "{n} en espera"], "placeholders ['%(m)s']"),
        (["Dejarlo", ("%(n)s fila", "%(n)s filas"), "en espera"], "placeholders [], expected ['{n}']"),
        (["Dejarlo", ("%(n)s fila", "%(n)s filas"), "{m} {n}"], "placeholders ['{m}', '{n}']"),
    ],
)
def test_what_lacks_is_named(po: Path, strings: list[Any], said: str) -> None:
    lines = write(po, strings)
    assert len(lines) == 1 and said in lines[0]


def test_new_and_gone_messages_and_an_old_mo_are_named(po: Path) -> None:
    write(po, ["Dejarlo", ("%(n)s fila", "%(n)s filas"), "{n} en espera"])
    new = Found("", "Keep it", "d.py")
    assert list(files.problems(po, [*FOUND, new])) == ["es: 'Keep it' (d.py) is not in the catalogue"]
    gone = list(files.problems(po, FOUND[1:]))
    assert gone == ["es: 'Leave it' is in the catalogue but no longer in the sources"]
    po.write_text(po.read_text().replace("Dejarlo", "Déjalo"))
    assert list(files.problems(po, FOUND)) == ["es: django.mo is older than django.po"]


def test_updating_keeps_what_is_translated_and_changes_nothing_twice(po: Path) -> None:
    write(po, ["Dejarlo", ("%(n)s fila", "%(n)s filas"), "{n} en espera"])
    catalogue = files.updated(files.read(po), [*FOUND, Found("", "Leave it be", "d.py")])
    assert catalogue.get("Leave it").string == "Dejarlo"
    assert not catalogue.get("Leave it be").string, "nothing is guessed from what is like it"
    first = files.as_po(catalogue)
    po.write_bytes(first)
    assert files.as_po(files.updated(files.read(po), [*FOUND, Found("", "Leave it be", "d.py")])) == first


def test_messages_are_found_in_python_templates_and_scripts(tmp_path: Path) -> None:
    for name, text in {
        "curation/a.py": 'from x import y as _\n_("In Python") + ngettext("%(n)s a", "%(n)s b", 2)\n',
        "templates/a.html": '<p>{% translate "In a page" %}\n  {% blocktranslate trimmed count counter=n %}'
        "{{ n }} sheet{% plural %}{{ n }} sheets{% endblocktranslate %}</p>"
        '{{ x|default:_("never") }}',
        "static/js/a.js": 't("In a script", { n: 1 });\n`${t("Within")} ✓`;\ntn("1 x", "{n} x", n);',
        "templates/releases/readme.txt": '{% translate "In an export" %}',
    }.items():
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(text)
    assert {(found.context, found.text) for found in extracted(tmp_path)} == {
        ("", "In Python"),
        ("", ("%(n)s a", "%(n)s b")),
        ("", "In a page"),
        ("", ("%(n)s sheet", "%(n)s sheets")),
        ("", "never"),
        ("js", "In a script"),
        ("js", "Within"),
        ("js", ("1 x", "{n} x")),
    }


def test_no_marked_text_of_a_script_is_overlooked() -> None:
    """Babel loses calls with braces of their own inside template strings."""
    known = {
        each.text if isinstance(each.text, str) else each.text[0] for each in extracted(settings.BASE_DIR)
    }
    for path in sorted((settings.BASE_DIR / "static" / "js").rglob("*.js")):
        for text in re.findall(r'(?<![\w.])tn?\(\s*"((?:[^"\\]|\\.)+)"', path.read_text()):
            assert text in known, f"{path.name}: take t({text!r}, …) out of the template string"


def test_a_language_is_one_folder(tmp_path: Path) -> None:
    assert languages(tmp_path) == [("en-gb", "English")]
    for folder in ("es", "pt_BR", "qu"):
        path = tmp_path / folder / "LC_MESSAGES" / "django.po"
        path.parent.mkdir(parents=True)
        path.touch()
    assert [code for code, _name in languages(tmp_path)] == ["en-gb", "es", "pt-br", "qu"]
    assert own_name("es") == "Español" and own_name("qu") == "qu"


def test_the_command_begins_a_catalogue(tmp_path: Path, settings: Any) -> None:
    settings.LOCALE_PATHS = [tmp_path]
    call_command("messages", add="fr", stdout=io.StringIO())
    po = tmp_path / "fr" / "LC_MESSAGES" / "django.po"
    assert 'msgid "Leave it"' in po.read_text() and po.with_suffix(".mo").exists()
    with pytest.raises(CommandError, match="fr: 'Leave it' .* is not translated"):
        call_command("messages", check=True)
