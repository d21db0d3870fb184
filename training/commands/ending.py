"""How verbs end: what a person can put right is one line on standard error, and status 1."""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Callable
from typing import Any

from inference.errors import InputError, ModelError
from training.config import ConfigError

STOPPED = "stopped."


def ended(
    parser: argparse.ArgumentParser,
    work: Callable[[], dict[str, Any]],
    show: Callable[[dict[str, Any]], None],
    *,
    as_json: bool,
    stopped: str = STOPPED,
    status: Callable[[dict[str, Any]], int] = lambda found: 0,
) -> int:
    """Do the work, and show what it gives: as one JSON document, or by `show`.

    0 done (or what `status` says of it), 1 failed or stopped, then with `stopped` as the reason; a config
    that cannot be used is wrong use. What goes wrong in data (DataError, FeatureError) is a ValueError.
    """
    try:
        found = work()
    except ConfigError as error:
        parser.error(str(error))
    except (InputError, ModelError, OSError, ValueError) as error:
        print(f"{parser.prog}: {error}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print(f"{parser.prog}: {stopped}", file=sys.stderr)
        return 1
    if as_json:
        print(json.dumps(found, ensure_ascii=False))
    else:
        show(found)
    return status(found)
