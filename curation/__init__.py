"""Vasculum's Django project and its one app. Nothing is imported here: drawing and imaging work without Django."""

__version__ = "0.1.0"
