"""Configs of augmentation: what is understood, what is given back, what is refused."""

from __future__ import annotations

from typing import Any

import pytest

from training.data.augment import PRESETS, Augmentation
from training.data.ops import OPS


def test_the_published_augmentation() -> None:
    found = Augmentation.from_config("published")
    assert found == Augmentation.from_config(PRESETS["published"])
    assert found.mixes
    assert found.to_config() == {
        "ops": [
            {"name": "random_resized_crop", "probability": 1, "scale": [0.08, 1.0], "ratio": [0.75, 1.3333]}
        ],
        "mixup": {"probability": 1.0, "lambda": "uniform", "alpha": 0.2, "per": "picture"},
    }


def test_none_is_nothing() -> None:
    assert Augmentation.from_config("none") == Augmentation.from_config({}) == Augmentation()
    assert Augmentation().to_config() == {"ops": []}
    assert not Augmentation().mixes


@pytest.mark.parametrize(
    "config",
    [
        "published",
        "none",
        {"ops": [{"name": name} for name in OPS], "remix": {"lambda": "beta", "alpha": 0.4, "kappa": 2}},
        {"ops": [{"name": "shear_x", "probability": 0.25, "proportion": 0.3}], "mixup": {"per": "batch"}},
    ],
)
def test_what_is_given_back_is_understood(config: Any) -> None:
    found = Augmentation.from_config(config)
    assert Augmentation.from_config(found.to_config()) == found
    assert Augmentation.from_config(found.to_config()).to_config() == found.to_config()


def one(name: str, **options: Any) -> dict[str, Any]:
    return {"ops": [{"name": name, **options}]}


@pytest.mark.parametrize(
    ("config", "words"),
    [
        ("publish", "unknown preset 'publish'; known are published, none"),
        ({"mix": {}}, "no key 'mix', its keys: ops, mixup, remix"),
        ({"ops": {"name": "invert"}}, "ops must be a list"),
        ({"ops": ["invert"]}, "each of the ops must be .* got 'invert'"),
        (one("sharpen"), "unknown op 'sharpen'; known are blur"),
        ({"ops": [{"probability": 1}]}, "unknown op None"),
        (one("shear_x", angle=3), "shear_x has no parameter 'angle', its parameters: proportion"),
        (one("invert", much=1), "invert has no parameter 'much', its parameters: none"),
        (one("shear_x", proportion=1.5), "shear_x: proportion must be a number of 0 to 1, got 1.5"),
        (one("shear_x", proportion=True), "shear_x: proportion must be a number of 0 to 1, got True"),
        (one("shear_x", proportion=float("nan")), "proportion must be a number of 0 to 1, got nan"),
        (one("invert", probability=-0.1), "invert: probability must be a number of 0 to 1, got -0.1"),
        (one("random_resized_crop", scale=[1, 0.08]), "scale must be two numbers .* got .1, 0.08"),
        (one("random_resized_crop", scale=0.5), "scale must be two numbers of 0.001 to 1, .* got 0.5"),
        (one("random_resized_crop", ratio=[0, 1]), "ratio must be two numbers"),
        (
            {"ops": [{"name": "random_resized_crop"}, {"name": "random_resized_crop"}]},
            "one op at most may change the size, got random_resized_crop, random_resized_crop",
        ),
        ({"mixup": {}, "remix": {}}, "mixup and remix can't be had together"),
        ({"mixup": {"kappa": 3}}, "mixup has no parameter 'kappa', its parameters: probability, lambda"),
        ({"mixup": {"lambda": "normal"}}, "mixup: lambda must be uniform or beta, got 'normal'"),
        ({"mixup": {"per": "epoch"}}, "mixup: per must be picture or batch, got 'epoch'"),
        ({"mixup": {"alpha": 0}}, "mixup: alpha must be a number of 0.05 to 100, got 0"),
        ({"remix": {"kappa": 0.5}}, "remix: kappa must be a number of 1 to 1e.06, got 0.5"),
        ({"remix": {"tau": 2}}, "remix: tau must be a number of 0 to 1, got 2"),
    ],
)
def test_what_is_not_understood_is_refused(config: Any, words: str) -> None:
    with pytest.raises(ValueError, match=words):
        Augmentation.from_config(config)
