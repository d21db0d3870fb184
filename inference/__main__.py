"""python -m inference predict | condition | import: use a model without the database.

Exit status 0 done, 1 failed, 2 usage.
"""

import argparse
import sys
import warnings
from collections.abc import Sequence
from importlib import import_module

import cv2

from inference.commands import COMMANDS
from inference.errors import InputError, ModelError


def main(argv: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(
        prog="python -m inference", description="Predict pictures with a model folder."
    )
    verbs = parser.add_subparsers(dest="command", required=True)
    modules = {verb: import_module(f"inference.commands.{name}") for verb, name in COMMANDS.items()}
    parsers = {}
    for verb, module in modules.items():
        parsers[verb] = verbs.add_parser(verb, help=module.HELP, description=module.__doc__)
        module.add_arguments(parsers[verb])
    arguments = parser.parse_args(argv)
    # A damaged file gets a line of ours; what OpenCV and Pillow say of it would tear the progress bar.
    warnings.filterwarnings("ignore", module=r"PIL\.")
    cv2.utils.logging.setLogLevel(cv2.utils.logging.LOG_LEVEL_SILENT)
    try:
        status: int = modules[arguments.command].run(parsers[arguments.command], arguments)
        return status
    except (InputError, ModelError, OSError) as error:
        print(f"{parser.prog}: {error}", file=sys.stderr)
        return 1


if __name__ == "__main__":
    sys.exit(main())
