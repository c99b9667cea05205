"""Benchmark commands; names and flags are the seed's (Detailed Usage).

What they do lies in `services.benchmarks`, which is imported when a command runs: its solvers take seconds to load.
"""
