"""How experiments look in a terminal."""

from __future__ import annotations

import io
from datetime import UTC, datetime
from typing import Any

from rich.console import Console, RenderableType

from libs.common.events.exports import ExportKind
from libs.common.events.imports import ExperimentCompared, FileChange
from libs.common.manifest.model import Status
from libs.common.overview import ExperimentOverview, HostingOverview, LastExport, Serving
from libs.common.registry import Bundle
from libs.common.versions import Origin, Version
from libs.manage.experiments.tables import difference, list_table, status_table, versions_table

NOW = datetime(2024, 2, 29, 12, 30, tzinfo=UTC)
DIGEST = "3f9a1c2d4e5f" + "0" * 52


def shown(what: RenderableType) -> str:
    console = Console(file=io.StringIO(), width=160)
    console.print(what)
    assert isinstance(console.file, io.StringIO)
    return console.file.getvalue()


def overview(**fields: Any) -> ExperimentOverview:
    hosting = {"state": Serving.IDLE, "path": "/experiments/click/"} | fields
    return ExperimentOverview(
        slug="click",
        name="[Click]",
        description=None,
        status=Status.ACTIVE,
        version=DIGEST[:12],
        revision=3,
        digest=DIGEST,
        author="ana@example.org",
        updated_at=NOW,
        bundle_size=1,
        hosting=HostingOverview(**hosting),
        last_export=LastExport(export_id="e", kind=ExportKind.DOCKER, created_at=NOW, file_size=1),
    )


def test_a_list_has_a_line_for_each() -> None:
    table = shown(list_table([overview(), overview(state=Serving.FAILED)]))

    assert table.count("[Click]") == 2
    for word in ("idle", "failed", DIGEST[:12], "2024-02-29 12:30 docker"):
        assert word in table


def test_a_status_shows_what_serves_and_what_does_not() -> None:
    table = shown(
        status_table(
            overview(
                state=Serving.FAILED,
                since=NOW,
                serving_revision=2,
                actor="click-actor",
                routes=["GET /experiments/click/", "WS /experiments/click/live"],
                error=["Traceback", "ValueError: [boom]"],
                indexes={"click_by_day": "created"},
            )
        )
    )

    assert "failed, since 2024-02-29 12:30 UTC" in table
    assert "revision 2" in table
    assert "revision 3, version 3f9a1c2d4e5f, by ana@example.org" in table
    for line in ("WS /experiments/click/live", "ValueError: [boom]", "click_by_day: created", "click-actor"):
        assert line in table


def test_a_status_leaves_out_what_there_is_not() -> None:
    table = shown(status_table(overview()))

    assert not {"actor", "routes", "error", "indexes", "serving"} & set(table.split())


def test_versions_have_a_star_at_the_current_one() -> None:
    bundle = Bundle(key="k", sha256=DIGEST, size=1)
    versions = [
        Version(
            slug="click",
            revision=revision,
            digest=DIGEST,
            bundle=bundle if revision > 1 else None,
            author="ana",
            note=f"[{revision}]",
            origin=Origin.IMPORT,
            created_at=NOW,
        )
        for revision in (3, 2, 1)
    ]

    table = shown(versions_table(versions, current=2))

    assert "2 *" in table
    assert (table.count("*"), table.count("yes")) == (1, 2)
    assert "[3]" in table


def test_a_difference_reads_as_diff_writes_it() -> None:
    files = [
        FileChange(
            path="a.py", change="changed", size=6, diff="--- a/a.py\n+++ b/a.py\n@@ -1 +1 @@\n-a\n+[b]\n"
        ),
        FileChange(path="b.bin", change="added", size=1234, omitted="binary"),
    ]
    compared = ExperimentCompared(slug="click", base=1, target=2, files=files, total=4, message="")

    lines = [line.plain for line in difference(compared)]

    assert lines == [
        *("--- a/a.py", "+++ b/a.py", "@@ -1 +1 @@", "-a", "+[b]"),
        "b.bin: added, 1,234 bytes (binary)",
        "… and 2 more files",
    ]
