"""Types of arguments that several verbs take."""

import argparse


def positive(text: str) -> int:
    value = int(text)
    if value < 1:
        raise argparse.ArgumentTypeError(f"must be at least 1, got {value}")
    return value


def blocks(text: str) -> list[int]:
    try:
        found = [int(part) for part in text.split(":")]
    except ValueError:
        found = []
    if not found or min(found) < 1:
        raise argparse.ArgumentTypeError(
            f"must be numbers of at least 1 with colons between, as 3:3:9:3; got {text!r}"
        )
    return found
