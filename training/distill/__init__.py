"""Distillation: a student learns to answer as a teacher does. Importing this needs no TensorFlow."""

from training.distill.config import SCHEMA, resolve
from training.distill.run import run_distillation

__all__ = ["SCHEMA", "resolve", "run_distillation"]
