"""The shapes of what the API gives and takes, by noun. A name or a meaning here is never changed: what has to
be different gets another name, or another version of the API."""
