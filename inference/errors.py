"""What can go wrong with a model or a picture, each with a message that names the thing and the rule."""


class ModelError(Exception):
    """A model is missing, damaged, of another format, or does not fit what is asked of it."""


class PictureError(Exception):
    """A file cannot be read as a picture."""


class InputError(Exception):
    """A folder or release cannot be predicted as asked, or a run cannot go on where it was."""
