"""Figures of agreement between people who judged the same things. Numbers only: no database, no web.

Sources are named at the functions; docs/agreement.md says in words what each figure is.
"""
