"""A seed for every layer from the one of the network."""

from zlib import crc32


def seed_for(seed: int | None, name: str) -> int | None:
    """The seed of what is called ``name``; None where the network has none.

    One seed for all layers would give layers of equal shape equal weights, hence the name in it. It doesn't
    depend on what was drawn before, so a layer more or less leaves the others as they are.
    """
    return None if seed is None else crc32(f"{seed}:{name}".encode())
