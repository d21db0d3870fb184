"""Sheet condition: tell sheets that show a condition (stains, mould, damage) from sound ones, by tiles and
as wholes. Importing this package needs no TensorFlow."""
