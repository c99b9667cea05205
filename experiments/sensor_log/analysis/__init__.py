"""What can be said of readings, with broken sensors in mind."""

from .gaps import as_number, is_gap

__all__ = ["as_number", "is_gap"]
