"""Which sheets of a collection show a condition, such as stains: tile by tile, and as whole sheets."""
