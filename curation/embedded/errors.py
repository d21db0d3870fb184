"""The one error of the embedded services."""


class ServiceError(Exception):
    """A service cannot run here. The message is one line: what, why, and what to do about it."""
