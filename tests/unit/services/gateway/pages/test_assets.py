from __future__ import annotations

import re

import pytest

from services.gateway.pages.assets import SHEETS, STATIC, AssetNotFound, assets


def test_each_file_has_its_media_type() -> None:
    types = {name: asset.media_type for name, asset in assets().files.items()}

    assert types["main.js"] == "text/javascript"
    assert types["tokens.css"] == "text/css"
    assert types["icon.svg"] == "image/svg+xml"


def test_an_address_names_the_content_of_all() -> None:
    assert re.fullmatch(r"/static/[0-9a-f]{12}/main\.js", assets().address("main.js"))
    with pytest.raises(AssetNotFound, match="nowhere"):
        assets().address("nowhere.js")


def test_styles_that_belong_together_are_one_file() -> None:
    files = assets().files
    for name, parts in SHEETS.items():
        assert files[name].content == b"".join((STATIC / part).read_bytes() for part in parts)


def test_scripts_import_only_what_is_there() -> None:
    for path in STATIC.glob("*.js"):
        for name in re.findall(r'from "\./([^"]+)"', path.read_text()):
            assert name in assets().files, f"{path.name} imports {name}"


def test_nothing_comes_from_elsewhere() -> None:
    for name, asset in assets().files.items():
        if name.endswith((".css", ".js")):
            assert b"url(http" not in asset.content, name
            assert b"@import" not in asset.content, name
