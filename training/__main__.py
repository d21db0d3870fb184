"""python -m training VERB: make and train models. Exit status 0 done, 1 failed, 2 usage."""

import argparse
import sys
from collections.abc import Sequence
from importlib import import_module

from training.commands import COMMANDS


def main(argv: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="python -m training", description="Make and train models.")
    verbs = parser.add_subparsers(dest="command", required=True)
    modules = {name: import_module(f"training.commands.{name}") for name in COMMANDS}
    parsers = {}
    for name, module in modules.items():
        parsers[name] = verbs.add_parser(name, help=module.HELP, description=module.__doc__)
        module.add_arguments(parsers[name])
    arguments = parser.parse_args(argv)
    status: int = modules[arguments.command].run(parsers[arguments.command], arguments)
    return status


if __name__ == "__main__":
    sys.exit(main())
