"""TOML that is changed in place, drafts, presets, and the Markdown of cards."""

from __future__ import annotations

import tomllib

import pytest

from curation.selectors.markdown import to_html
from curation.services.runs.config import checked
from curation.services.runs.draft import draft_of, merged
from curation.services.runs.presets import PRESETS, text_of
from curation.services.runs.toml_text import set_value, to_toml
from tests.worker import REPOSITORY

TEXT = """# what it is for
epochs = 3   # few
loss = { name = "focal" }

[build]
width = 4

[[stages]]
epochs = 1
[[stages]]
epochs = 2 # more
"""


def test_values_are_set_where_they_stand() -> None:
    assert set_value(TEXT, "epochs", 9) == TEXT.replace("epochs = 3   # few", "epochs = 9   # few")
    assert set_value(TEXT, "build.width", 8) == TEXT.replace("width = 4", "width = 8")
    both = set_value(TEXT, "stages.epochs", 5)
    assert [one["epochs"] for one in tomllib.loads(both)["stages"]] == [5, 5] and "# more" in both
    assert "epochs = 3" in both


def test_values_that_are_not_there_are_added_to_their_table_or_left() -> None:
    added = tomllib.loads(set_value(TEXT, "seed", 1))
    assert added["seed"] == 1 and added["build"] == {"width": 4}
    added = tomllib.loads(set_value(TEXT, "build.expansion", 2))
    assert added["build"] == {"width": 4, "expansion": 2}
    assert tomllib.loads(set_value("", "build.width", 2)) == {"build": {"width": 2}}
    assert set_value(TEXT, "stages.batch", 1, only_there=True) == TEXT
    assert "width" not in tomllib.loads(set_value(TEXT, "build.width", None))["build"]


def test_what_is_written_is_read_back() -> None:
    config = {
        "a": 1,
        "b": 5e-05,
        "c": 'a "quoted" \\ text',
        "d": [1, 2],
        "table": {"x": True, "inside": {"y": 1}},
        "stages": [{"e": 1}, {"e": 2, "loss": {"name": "focal"}}],
    }
    assert tomllib.loads(to_toml(config)) == config
    assert tomllib.loads(to_toml({"a": None, "t": {"b": None}})) == {"t": {}}


def test_fields_and_text_say_the_same() -> None:
    shown = draft_of(TEXT).shown
    assert (shown["epochs"], shown["width"], shown["batch"]) == ("3", "4", "")
    # Both were changed: the field wins for its own key, the text for all others.
    edited = TEXT.replace("width = 4", "width = 6")
    found = merged(edited, {**shown, "epochs": "12"}, shown)
    config = tomllib.loads(found.text)
    assert (config["epochs"], config["build"]["width"]) == (12, 6)
    assert [one["epochs"] for one in config["stages"]] == [12, 12]  # which would not hear of it otherwise
    assert found.shown["width"] == "6"
    assert tomllib.loads(merged(TEXT, {**shown, "epochs": "many"}, shown).text)["epochs"] == "many"
    assert "seed" not in tomllib.loads(merged(TEXT + "", {**shown, "seed": ""}, shown).text)
    broken = merged("a = = 1", {"epochs": "5"}, {})
    assert broken.problem and broken.text == "a = = 1" and broken.shown == {"epochs": "5"}


@pytest.mark.parametrize("preset", PRESETS, ids=lambda preset: preset.key)
def test_presets_are_right_as_they_are(preset: object) -> None:
    text = text_of(preset)  # type: ignore[arg-type]
    assert checked(preset.kind, tomllib.loads(text)) == tomllib.loads(text)  # type: ignore[attr-defined]


def test_the_published_protocol_is_that_of_the_command_line() -> None:
    from training.train_config import SCHEMA, check

    [preset] = [one for one in PRESETS if one.key == "published"]
    told = tomllib.loads((REPOSITORY / "training/configs/herbariograph.toml").read_text())
    size = {"image_size": told["image_size"]}
    ours = {**tomllib.loads(text_of(preset)), **size, "data": "-", "model": told["model"]}
    assert check(ours, SCHEMA) == check(told | {"data": "-"}, SCHEMA)


def test_cards_are_shown_and_run_nothing() -> None:
    card = (
        "---\nlicense: mit\n---\n# A <b>card</b>\n\n"
        "Text with `a<b`, **strong**\nand [a page](https://a.example/x).\n\n"
        "- one\n- two\n  goes on\n\n| a | b |\n|---|--:|\n| 1 | `x` |\n\n"
        "```\n<script>alert(1)</script>\n```\n"
        '[bad](javascript:alert(1)) <img src=x onerror="alert(1)">\n#tag\n'
    )
    html = str(to_html(card))
    assert "license" not in html
    assert "<h3>A &lt;b&gt;card&lt;/b&gt;</h3>" in html
    assert "<code>a&lt;b</code>, <strong>strong</strong> and" in html
    assert '<a href="https://a.example/x" rel="external noreferrer">a page</a>' in html
    assert "<li>two goes on</li>" in html and "<td><code>x</code></td>" in html
    assert "<script" not in html and "<img" not in html and 'href="javascript' not in html
    assert "#tag" in html
    assert str(to_html("")) == ""
