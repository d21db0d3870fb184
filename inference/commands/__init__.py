"""The verbs of python -m inference: a module for each, named as the verb (``bring`` is ``import``).

A module has HELP, add_arguments(parser) and run(parser, arguments), which gives the exit status.
"""

COMMANDS = {"predict": "predict", "condition": "condition", "import": "bring"}
