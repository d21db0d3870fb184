from pathlib import Path

import pytest

from training.config import ConfigError, Key, check, first_difference, read_config

SCHEMA = {
    "data": Key(Path),
    "seed": Key(int, 0, least=0),
    "rate": Key(float, 0.5, above=0, most=1),
    "mode": Key(str, "max", choices=("max", "min")),
    "model": Key(Path, None),
    "loss": Key(dict, {"name": "x"}),
    "build": Key(dict, {}, keys={"width": Key(int, 96, least=1)}),
    "stages": Key(list, [], each={"epochs": Key(int, 4)}),
    "blocks": Key(list, [3, 3], least=1, each=int),
    "mirrored": Key(bool, False),
}


def written(folder, text):
    path = folder / "config.toml"
    path.write_text(text, encoding="utf-8")
    return path


def test_overrides_are_put_in_over_the_file(tmp_path):
    path = written(
        tmp_path, "seed = 1\n[loss]\nname = 'focal'\n[[stages]]\nepochs = 1\n[[stages]]\nepochs = 2\n"
    )

    config = read_config(
        path,
        [
            "seed=7",
            "loss.gamma=2.5",
            "stages.1.epochs=9",
            "data=var/exports/x",
            "blocks=[1, 2]",
            "a.b.c=true",
        ],
    )

    assert config == {
        "seed": 7,
        "loss": {"name": "focal", "gamma": 2.5},
        "stages": [{"epochs": 1}, {"epochs": 9}],
        "data": "var/exports/x",
        "blocks": [1, 2],
        "a": {"b": {"c": True}},
    }


@pytest.mark.parametrize(
    ("override", "words"),
    [
        ("seed", "must be as key.sub=value, got 'seed'"),
        ("=3", "must be as key.sub=value"),
        ("stages.2.epochs=1", "stages is a list of 1, so the next part must be 0 to 0, got '2'"),
        ("seed.sub=1", "seed must be a table or a list, got 1"),
    ],
)
def test_an_override_that_fits_nowhere_is_refused(tmp_path, override, words):
    path = written(tmp_path, "seed = 1\n[[stages]]\nepochs = 1\n")

    with pytest.raises(ConfigError, match=words.replace("(", r"\(")):
        read_config(path, [override])


def test_an_override_cannot_bring_in_a_second_key():
    assert read_config(None, ["name=1\nseed = 2"]) == {"name": "1\nseed = 2"}


def test_a_file_that_cannot_be_read_is_named(tmp_path):
    with pytest.raises(ConfigError, match=r"nothing.toml cannot be read: No such file"):
        read_config(tmp_path / "nothing.toml")
    with pytest.raises(ConfigError, match=r"config.toml must be TOML in UTF-8: .*line 1"):
        read_config(written(tmp_path, "seed: 1"))


def test_defaults_are_filled_in_and_belong_to_nobody_else():
    one, other = check({"data": "x"}, SCHEMA), check({"data": "x"}, SCHEMA)

    assert one == {
        "data": "x",
        "seed": 0,
        "rate": 0.5,
        "mode": "max",
        "model": None,
        "loss": {"name": "x"},
        "build": {"width": 96},
        "stages": [],
        "blocks": [3, 3],
        "mirrored": False,
    }
    one["loss"]["name"] = "changed"
    assert other["loss"] == {"name": "x"}


def test_values_come_out_as_their_kind():
    found = check({"data": Path("x"), "rate": 1, "stages": [{}], "model": None}, SCHEMA)

    assert found["data"] == "x"
    assert (found["rate"], type(found["rate"])) == (1.0, float)
    assert found["stages"] == [{"epochs": 4}]


@pytest.mark.parametrize(
    ("key", "value", "words"),
    [
        ("sed", 1, "sed is not a key here; known are blocks, build"),
        ("seed", "1", "seed must be a whole number, at least 0, got '1'"),
        ("seed", True, "seed must be a whole number, at least 0, got True"),
        ("seed", -1, "seed must be a whole number, at least 0, got -1"),
        ("seed", 1.5, "seed must be a whole number"),
        ("rate", 0, "rate must be a number, more than 0, at most 1, got 0"),
        ("rate", 1.1, "rate must be a number, more than 0, at most 1, got 1.1"),
        ("rate", float("nan"), "rate must be a number, more than 0, at most 1, got nan"),
        ("mode", "most", "mode must be a text, one of max, min, got 'most'"),
        ("mirrored", 1, "mirrored must be true or false, got 1"),
        ("build", {"width": 0}, "build.width must be a whole number, at least 1, got 0"),
        ("build", {"wide": 1}, "build.wide is not a key here; known are width"),
        ("stages", [{"epochs": "x"}], "stages.0.epochs must be a whole number, got 'x'"),
        ("blocks", [], r"blocks must be a list, with a length of at least 1, got \[\]"),
        ("blocks", [1, "2"], "blocks.1 must be a whole number, got '2'"),
        ("loss", "focal", "loss must be a table, got 'focal'"),
    ],
)
def test_what_is_not_allowed_is_refused_by_key_rule_and_value(key, value, words):
    with pytest.raises(ConfigError, match=words):
        check({"data": "x", key: value}, SCHEMA)


def test_a_name_may_stand_for_a_table_where_that_is_said():
    schema = {"augment": Key(dict, {}, or_text=True)}

    assert check({"augment": "published"}, schema) == {"augment": "published"}
    assert check({"augment": {"ops": []}}, schema) == {"augment": {"ops": []}}
    with pytest.raises(ConfigError, match="augment must be a table or a name, got 1"):
        check({"augment": 1}, schema)


def test_a_required_key_must_be_there():
    with pytest.raises(ConfigError, match="data must be given: a path"):
        check({}, SCHEMA)


def test_the_first_difference_is_found_at_any_depth():
    one = {"a": 1, "b": {"c": [1, {"d": 2}]}}

    assert first_difference(one, {"a": 1, "b": {"c": [1, {"d": 2}]}}) is None
    assert first_difference(one, {"a": 1, "b": {"c": [1, {"d": 3}]}}) == ("b.c.1.d", 2, 3)
    assert first_difference(one, {"a": 1, "b": {"c": [1]}}) == ("b.c", [1, {"d": 2}], [1])
    assert first_difference({"a": 1}, {"a": 1, "e": 5}) == ("e", None, 5)
