"""Handlers: one module per resource, each with its table of endpoints."""
