"""Measurements, run by `make bench`; nothing here is asserted by time in a test."""
