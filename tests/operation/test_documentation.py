"""docs/operation.md names what is there: settings, commands with their options, numbers, parts."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
import yaml
from django.core.management import call_command, load_command_class
from prometheus_client import CollectorRegistry, generate_latest

from curation import metrics, metrics_site, secret_files
from curation.services import retention

ROOT = Path(__file__).resolve().parents[2]
TEXT = (ROOT / "docs/operation.md").read_text()


def test_settings_and_secrets() -> None:
    read = ("settings", "sign_in_settings", "secret_files")
    settings = "".join((ROOT / f"curation/{name}.py").read_text() for name in read)
    named = set(re.findall(r"`(VASCULUM_[A-Z0-9_]+?)(?:=\w+)?`", TEXT)) - {"VASCULUM_SECRET_KEY_FILE"}
    assert {"VASCULUM_LOG_FORMAT", "VASCULUM_KEEP_FREE_MIB", "VASCULUM_METRICS_TOKEN"} <= named
    assert [name for name in named if f'"{name}"' not in settings] == []
    assert [name for name in secret_files.NAMES if f"`{name}`" not in TEXT] == []
    asked = re.findall(r'env_\w+\("(VASCULUM_(?:KEEP|METRICS)_\w+)"', settings)
    assert asked and [name for name in asked if name not in TEXT] == []


def test_commands_take_the_options_that_are_shown() -> None:
    shown = re.findall(r"python manage\.py (\w+)((?: --?[\w-]+| [A-Z/][\w/-]*)*)", TEXT)
    assert {"backup", "restore", "tidy", "check"} <= {name for name, _words in shown}
    for name, words in shown:
        app = "django.core" if name == "check" else "curation"
        parser = load_command_class(app, name).create_parser("manage.py", name)
        known = {option for action in parser._actions for option in action.option_strings}
        assert set(re.findall(r"--[\w-]+", words)) <= known, (name, words)


@pytest.mark.django_db
def test_numbers_are_those_that_are_given() -> None:
    registry = CollectorRegistry(auto_describe=False)
    registry.register(metrics_site.Site())
    metrics.observe("login", "GET", 200, 0.1)
    given = (generate_latest(registry) + generate_latest(metrics.of_requests())).decode()
    # Where processes do not count together, the library says besides when counting began.
    names = {name for name in re.findall(r"# TYPE (vasculum_\w+)", given) if not name.endswith("_created")}
    assert names == set(
        re.findall(r"`(vasculum_[a-z_]+)`", TEXT.split("## Numbers")[1].split("The processes")[0])
    )


def test_rules_and_parts() -> None:
    table = TEXT.split("## Leftovers")[1].split("Never:")[0]
    assert set(re.findall(r"^\| `([\w-]+)`", table, re.MULTILINE)) == {*retention.FILES, *retention.ROWS}
    services = set(yaml.safe_load((ROOT / "docker-compose.yml").read_text())["services"])
    parts = TEXT.split("| part |")[1].split("\n\n")[0]
    assert services - set(re.findall(r"^\| `([\w-]+)`", parts, re.MULTILINE)) == {"bucket", "bucket-folder"}


@pytest.mark.django_db
def test_the_dry_run_runs(capsys: pytest.CaptureFixture[str]) -> None:
    call_command("tidy", dry_run=True, json=True)
    assert '"renditions"' in capsys.readouterr().out
