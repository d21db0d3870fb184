"""What networks see in pictures, as vectors: drawn samples, features, and what they are good for.

After Walker, Tucker and Nicolson 2022, https://doi.org/10.3389/fpls.2021.806407.
"""
