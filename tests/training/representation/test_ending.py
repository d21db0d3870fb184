"""Verbs end alike: what is wrong with data or a config is one line, and never a traceback."""

from __future__ import annotations

import argparse
import json
from typing import Any

import pytest

from inference.errors import ModelError
from training.commands.ending import ended
from training.config import ConfigError
from training.data.errors import DataError
from training.representation.features import FeatureError

PARSER = argparse.ArgumentParser(prog="python -m training verb")


def end(error: BaseException | None, **more: Any) -> int:
    def work() -> dict[str, Any]:
        if error:
            raise error
        return {"name": "ä"}

    return ended(PARSER, work, lambda found: print(found["name"]), **{"as_json": False, **more})  # noqa: T201


@pytest.mark.parametrize(
    "error", [FeatureError("why"), DataError("why"), ModelError("why"), OSError("why"), ValueError("why")]
)
def test_what_is_wrong_is_one_line(error: Exception, capsys: pytest.CaptureFixture[str]) -> None:
    assert end(error) == 1
    assert capsys.readouterr().err == "python -m training verb: why\n"


def test_other_ends(capsys: pytest.CaptureFixture[str]) -> None:
    assert end(KeyboardInterrupt(), stopped="stopped; go on") == 1
    assert capsys.readouterr().err == "python -m training verb: stopped; go on\n"
    with pytest.raises(SystemExit) as caught:
        end(ConfigError("key must be known"))
    assert caught.value.code == 2 and "key must be known" in capsys.readouterr().err
    assert end(None) == 0 and capsys.readouterr().out == "ä\n"
    assert end(None, as_json=True, status=lambda found: 3) == 3
    assert json.loads(capsys.readouterr().out) == {"name": "ä"}
    with pytest.raises(KeyError):
        end(KeyError("a mistake of ours"))
