"""Benchmark results as pages show them: how runs compare, and what a roster looks like."""
