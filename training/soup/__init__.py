"""Soups: one network whose weights are the mean of several checkpoints' weights.

Wortsman et al. 2022, "Model soups" (https://arxiv.org/abs/2203.05482): members that were trained from one
beginning often average to a network better than each, at the cost of one. Importing this needs no TensorFlow.
"""

from training.soup.run import SCHEMA, run_soup

__all__ = ["SCHEMA", "run_soup"]
