from __future__ import annotations

import gc
import importlib
import sys
from collections.abc import Iterator
from importlib.util import find_spec

import pytest

from libs.common.loading import loading

HIDDEN = ("rich", "cffi", "pymongo.pyopenssl_context")


@pytest.fixture(autouse=True)
def _as_it_was(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Before, nothing is loaded; afterwards, garbage of other tests is found as ever."""
    for name in (*HIDDEN, "rich.traceback"):
        monkeypatch.delitem(sys.modules, name, raising=False)
    threshold = gc.get_threshold()
    yield
    gc.unfreeze()
    gc.set_threshold(*threshold)


def test_meanwhile_no_garbage_is_looked_for() -> None:
    with loading():
        assert not gc.isenabled()
    assert gc.isenabled()


@pytest.mark.parametrize("name", HIDDEN)
def test_what_is_of_no_use_cannot_be_loaded_meanwhile(name: str) -> None:
    with loading(), pytest.raises(ImportError):
        importlib.import_module(name)
    assert name not in sys.modules


def test_commands_have_their_tables() -> None:
    with loading(rich=True):
        assert importlib.import_module("rich").__name__ == "rich"
        with pytest.raises(ImportError):
            importlib.import_module("rich.traceback")


def test_afterwards_everything_can_be_loaded_also_where_loading_failed() -> None:
    with pytest.raises(ModuleNotFoundError), loading():
        importlib.import_module("no_such_module")
    assert importlib.import_module("rich").__name__ == "rich"
    assert gc.isenabled()


def test_what_is_loaded_already_stays() -> None:
    rich = importlib.import_module("rich")
    with loading():
        assert sys.modules["rich"] is rich
    assert sys.modules["rich"] is rich


def test_certificates_are_checked_by_openssl_where_it_is_installed(monkeypatch: pytest.MonkeyPatch) -> None:
    """pymongo asks for revoked certificates only with its help."""
    monkeypatch.setattr(
        "libs.common.loading.find_spec",
        lambda name: find_spec("json") if name == "OpenSSL" else find_spec(name),
    )
    with loading():
        assert sys.modules.get("pymongo.pyopenssl_context", "free") == "free"
