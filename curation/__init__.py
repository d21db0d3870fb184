"""Vasculum's Django project and its one app. Nothing is imported here: drawing and imaging need no Django."""

__version__ = "0.1.0"
