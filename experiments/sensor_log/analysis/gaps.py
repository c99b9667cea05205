"""A sensor that failed sends NaN. JSON has no NaN, so answers say null."""

import math


def is_gap(value):
    return isinstance(value, float) and not math.isfinite(value)


def as_number(value, digits=2):
    return None if value is None or is_gap(value) else round(value, digits)
