"""Model work: runs that are asked for, the data they share, what comes of them.

request     ask for a run, an evaluation, a soup: the row and its job
config      check a configuration without TensorFlow; draft and presets write one
data        the training records, or pictures, of a release on this machine
encoders    what the training of an encoder needs of a release; sample what it learns from
register    the model or the evaluation that a run has made

The work itself is in training.tasks.
"""
