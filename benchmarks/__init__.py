"""Measures what Vasculum does against the plain way of doing the same, as whole processes. See README.md."""
