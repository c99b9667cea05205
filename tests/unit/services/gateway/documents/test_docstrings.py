from __future__ import annotations

from dataclasses import make_dataclass

from libs.common.audit import AuditFilter
from libs.common.events.exports import CollectionExport, ExportCompleted
from libs.common.events.jobs import ErrorInfo
from services.gateway.documents.docstrings import field_docstrings
from services.gateway.documents.schemas import SENT, schemas_of
from services.gateway.resources.audit import AuditQuery


def test_what_stands_below_a_field_is_its_text() -> None:
    found = field_docstrings(ErrorInfo)
    assert set(found) == {"extensions"}
    assert found["extensions"].startswith("What else the error says")


def test_subclasses_mean_what_they_inherit() -> None:
    assert issubclass(AuditQuery, AuditFilter)
    assert field_docstrings(AuditFilter)
    assert field_docstrings(AuditQuery) == field_docstrings(AuditFilter)


def test_a_class_made_by_a_call_has_none() -> None:
    assert (
        field_docstrings(make_dataclass("Made", ["name"], namespace={"__module__": AuditFilter.__module__}))
        == {}
    )


def test_schemas_carry_the_texts() -> None:
    [_], defined = schemas_of([(ExportCompleted, SENT)], ref_template="#/$defs/{model}")
    for model in (CollectionExport, ExportCompleted):
        properties = defined[model.__name__]["properties"]
        texts = field_docstrings(model)
        assert texts
        assert {name: properties[name].get("description") for name in texts} == texts
