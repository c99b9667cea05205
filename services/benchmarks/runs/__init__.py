"""Runs: every algorithm on every company with every seed, each pair a task of its own (DESIGN §8)."""
