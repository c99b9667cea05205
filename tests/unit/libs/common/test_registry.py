from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest

from libs.common.database.client import Database
from libs.common.database.collections import EXPERIMENTS_CONFIG
from libs.common.registry import Bundle, ExperimentNotFound, Platform, Registered, Registry


def registered(slug: str = "click", manifest: dict[str, Any] | None = None, **settings: Any) -> Registered:
    platform = Platform(
        revision=2,
        digest="d" * 64,
        bundle=Bundle(key=f"{slug}/runtime-1.zip", sha256="0" * 64, size=5),
        author="a@example.com",
        updated_at=datetime(2026, 1, 2, tzinfo=UTC),
        settings=settings,
    )
    given = {"slug": slug, "name": "Click", "x": {"b": 1, "a": 2}} if manifest is None else manifest
    return Registered(slug=slug, manifest=given, platform=platform, runtime_s3_uri="s3://bucket/key")


@pytest.fixture
async def registry(database: Database) -> Registry:
    entries = [registered("b"), registered("a"), registered("c", {"slug": "c", "status": "draft"})]
    await database[EXPERIMENTS_CONFIG].insert_many([entry.as_document() for entry in entries])
    return Registry(database)


class TestDocument:
    def test_there_and_back(self) -> None:
        assert Registered.from_document(registered().as_document()) == registered()

    def test_manifest_keys_lie_flat_in_their_order(self) -> None:
        document = registered().as_document()

        assert list(document["x"]) == ["b", "a"]
        assert document["name"] == "Click"

    def test_a_manifest_cannot_say_what_is_ours(self) -> None:
        hostile = {
            "_id": "other",
            "platform": {"revision": 99},
            "runtime_s3_uri": "s3://evil/x",
            "slug": "other",
        }

        document = registered("click", hostile).as_document()

        assert (document["_id"], document["slug"], document["runtime_s3_uri"]) == (
            "click",
            "click",
            "s3://bucket/key",
        )
        assert document["platform"]["revision"] == 2

    def test_fields_of_later_versions_are_ignored(self) -> None:
        document = registered().as_document()
        document["platform"]["hosting"] = {"state": "running"}

        assert Registered.from_document(document).platform.revision == 2


class TestEffective:
    def test_settings_come_before_the_manifest(self) -> None:
        entry = registered(
            "click", {"status": "active", "auth_required": False}, status="archived", auth_required=True
        )

        assert (entry.is_active, entry.effective.auth_required) == (False, True)

    @pytest.mark.parametrize(
        ("manifest", "active"), [({}, True), ({"status": "active"}, True), ({"status": "draft"}, False)]
    )
    def test_status(self, manifest: dict[str, Any], active: bool) -> None:
        assert registered("click", manifest).is_active is active


class TestRegistry:
    async def test_get(self, registry: Registry) -> None:
        assert await registry.get("a") == registered("a")
        assert (await registry.get("c")).slug == "c"

    async def test_only_active_ones_are_served(self, registry: Registry) -> None:
        assert (await registry.get_active("a")).slug == "a"
        with pytest.raises(ExperimentNotFound, match="is draft"):
            await registry.get_active("c")

    @pytest.mark.parametrize("slug", ["x", "", "A", "$ne"])
    async def test_unknown_ones(self, registry: Registry, slug: str) -> None:
        with pytest.raises(ExperimentNotFound):
            await registry.get(slug)

    async def test_all_in_order(self, registry: Registry) -> None:
        assert await registry.slugs() == ["a", "b", "c"]

    async def test_pages(self, registry: Registry) -> None:
        first = await registry.page(limit=2)
        second = await registry.page(after=first[-1].slug, limit=2)

        assert [entry.slug for entry in first + second] == ["a", "b", "c"]
