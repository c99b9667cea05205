"""What archives may hold, for property tests."""

from __future__ import annotations

from hypothesis import strategies as st

from libs.common.archive.clashes import check_clashes
from libs.common.archive.names import check_name

PARTS = st.text(st.characters(codec="utf-8"), min_size=1, max_size=8) | st.sampled_from(
    ["a", "b.py", "static", "logo.png", "größe.txt", "日本", "data.ZIP"]
)
PATHS = st.lists(PARTS, min_size=1, max_size=4).map("/".join)
NAMES = PATHS.filter(lambda name: not name.endswith("/") and not check_name(name))
"""A part may hold slashes itself; a name that ends in one is a folder's."""
CONTENTS = st.binary(max_size=200) | st.builds(
    bytes.__mul__, st.binary(min_size=1, max_size=20), st.integers(1, 60_000)
)
TREES = st.dictionaries(NAMES, CONTENTS, max_size=8).filter(lambda tree: not check_clashes(tree))
"""Files by name, such as any file system can hold them."""


@st.composite
def cuts(draw: st.DrawFn, data: bytes) -> list[bytes]:
    """The data in arbitrary chunks, empty ones too."""
    ends = sorted(draw(st.lists(st.integers(0, len(data)), max_size=6)))
    return [data[start:end] for start, end in zip([0, *ends], [*ends, len(data)], strict=True)]
