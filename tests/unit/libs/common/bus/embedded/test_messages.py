from __future__ import annotations

import bson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from libs.common.bus.embedded.messages import from_document, to_document
from libs.common.events.envelope import MalformedMessage
from tests.contract.bus.inbox import make

JSON = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(2**70), 2**70)
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=8,
)


@given(st.dictionaries(st.text(st.characters(exclude_categories=["Cs"])), JSON, max_size=4))
def test_any_payload_survives_the_database(data: dict[str, object]) -> None:
    """As text, so that neither BSON's integers nor keys like `$set` or `a.b` get in the way."""
    sent = make("export.request").model_copy(update={"data": data})

    assert from_document(bson.decode(bson.encode(to_document(sent)))) == sent


@pytest.mark.parametrize(
    "document",
    [{}, {"body": "{}"}, {"headers": {}}, {"headers": [], "body": "{}"}, {"headers": {}, "body": 1}],
)
def test_document_that_is_no_message(document: dict[str, object]) -> None:
    with pytest.raises(MalformedMessage):
        from_document(document)
