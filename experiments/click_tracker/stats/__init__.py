"""Arithmetic of the tracker; knows nothing of databases or pages."""
