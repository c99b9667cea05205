"""The benchmark dump: Django's serialization format, streamed both ways (ROSTERING, Dump)."""
