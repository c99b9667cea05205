"""Benchmark data as the database holds it: written by the benchmarks service, read by it and by the gateway."""
