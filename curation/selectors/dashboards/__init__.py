"""Figures of sources, classes, projects, reviewers, batches and models: what their pages show.

scope says what a page counts, doors where its numbers lead; pool, series, releases, downloads, agreement,
reviewers and models read, by grouped queries, and make panels of what they read; pages puts panels together.
card is the letter to an institution.
"""
