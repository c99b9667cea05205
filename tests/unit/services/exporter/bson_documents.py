"""Documents of every BSON type that the driver can write, for property tests."""

from __future__ import annotations

import math
from datetime import datetime
from typing import Any

from bson import (
    Binary,
    Code,
    DatetimeMS,
    DBRef,
    Decimal128,
    Int64,
    MaxKey,
    MinKey,
    ObjectId,
    Regex,
    Timestamp,
)
from hypothesis import strategies as st

INT32, INT64 = 2**31, 2**63

text = st.text(st.characters(exclude_categories=["Cs"]), max_size=12)
keys = st.one_of(
    st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=8),
    st.sampled_from(["", "a.b", "$set", "0", "$", "*", "$ref", "$id", "_id"]),
)
object_ids = st.binary(min_size=12, max_size=12).map(ObjectId)
specials = st.one_of(
    object_ids,
    st.datetimes(datetime(1, 1, 1), datetime(9999, 12, 31)).map(
        lambda d: d.replace(microsecond=d.microsecond // 1000 * 1000)
    ),
    st.integers(-INT64, INT64 - 1).map(DatetimeMS),
    st.binary(min_size=16, max_size=16).map(Decimal128.from_bid),
    st.builds(Binary, st.binary(max_size=20), st.sampled_from([0, 1, 2, 3, 4, 5, 6, 7, 128, 255])),
    st.builds(Binary, st.binary(min_size=16, max_size=16), st.sampled_from([3, 4])),
    st.integers(-INT64, INT64 - 1).map(Int64),
    st.builds(Regex, st.sampled_from(["^a", "", "é/\\d+"]), st.integers(0, 127)),
    st.builds(Timestamp, st.integers(0, 2**32 - 1), st.integers(0, 2**32 - 1)),
    st.sampled_from([MinKey(), MaxKey()]),
    st.builds(Code, text),
    st.builds(Code, text, st.dictionaries(st.sampled_from(["x", "y"]), object_ids, max_size=2)),
    st.builds(DBRef, st.just("other"), object_ids, st.none() | st.just("base")),
    st.sampled_from([math.nan, -math.nan, math.inf, -math.inf, -0.0, 5.0, 1e22, 5e-324]),
)
plain = st.one_of(
    st.none(), st.booleans(), st.integers(-INT64, INT64 - 1), st.floats(allow_nan=True, width=64), text
)
values: st.SearchStrategy[Any] = st.recursive(
    plain | specials,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(keys, inner, max_size=4),
    max_leaves=12,
)
documents: st.SearchStrategy[dict[str, Any]] = st.dictionaries(keys, values, max_size=6)
