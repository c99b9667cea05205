"""Data of the example experiments: generated from a seed, the same on every machine and in every year."""
