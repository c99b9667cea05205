"""Dumps of what is published."""
