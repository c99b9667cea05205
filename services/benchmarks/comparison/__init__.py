"""Recorded runs compared, in words and as plots."""
