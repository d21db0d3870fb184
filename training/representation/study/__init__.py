"""The whole study of Walker, Tucker and Nicolson 2022 (https://doi.org/10.3389/fpls.2021.806407) by one call:
sample, encoders, features, geometry, downstream tasks, and one table of it all.
"""
