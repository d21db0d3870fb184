"""The verbs of `python -m training`, one module each.

A module has HELP, `add_arguments(parser)` and `run(parser, arguments) -> int`: 0 done, 1 failed. Wrong use
goes to `parser.error` (status 2). TensorFlow takes seconds to import, so `run` imports it, when the arguments
are known to be good.
"""

COMMANDS = (
    "build",
    "distill",
    "transplant",
    "train",
    "soup",
    "evaluate",
    "sample",
    "encode",
    "features",
    "geometry",
    "compare",
    "study",
    "doubts",
    "condition",
)
