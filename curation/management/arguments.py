"""Kinds of command line arguments."""

from __future__ import annotations

import argparse


def text(argument: str) -> str:
    """Text that goes into the database. The shell passes bytes on; those that are no UTF-8 are no text."""
    try:
        argument.encode()
    except UnicodeEncodeError as error:
        raise argparse.ArgumentTypeError(f"{ascii(argument)} is not UTF-8") from error
    return argument
