"""The shape of a space of features: how well taxa part, a map of it, and what its channels answer to."""
