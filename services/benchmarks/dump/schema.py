"""`benchmark_schema.json`: a JSON Schema of the dump's rows, for people who read dumps with their own tools."""

from __future__ import annotations

import orjson

from services.benchmarks.dump.rows import ROWS


def dump_schema() -> bytes:
    """JSON Schema 2020-12 of the array, from the models that validate it."""
    document = {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        **ROWS.json_schema(),
        "title": "Rows of benchmark_dump.json, in Django's serialization format",
        "minItems": 1,
    }
    return orjson.dumps(document, option=orjson.OPT_INDENT_2 | orjson.OPT_SORT_KEYS) + b"\n"
