"""How experiments look in a terminal."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import Final

from rich.markup import escape
from rich.table import Table
from rich.text import Text

from libs.common.events.imports import ExperimentCompared, FileChange
from libs.common.overview import SHORT_DIGEST, ExperimentOverview, Serving
from libs.common.versions import Version

COLOURS: Final = {
    Serving.SERVING: "green",
    Serving.STARTING: "yellow",
    Serving.STOPPING: "yellow",
    Serving.FAILED: "red",
}
OMITTED: Final = {
    "binary": "binary",
    "large": "large",
    "secret": "looks like a secret",
    "limit": "too much to show",
    None: "",
}


def list_table(experiments: Iterable[ExperimentOverview]) -> Table:
    table = Table("slug", "name", "status", "hosting", "revision", "version", "updated (UTC)", "last export")
    for each in experiments:
        last = each.last_export
        table.add_row(
            each.slug,
            escape(each.name),
            each.status,
            _state(each),
            str(each.revision),
            each.version,
            _time(each.updated_at),
            f"{_time(last.created_at)} {last.kind}" if last else "",
        )
    return table


def status_table(each: ExperimentOverview) -> Table:
    hosting = each.hosting
    table = Table(show_header=False, title=escape(each.name), title_justify="left")
    table.add_column(no_wrap=True)
    table.add_column(overflow="fold")
    rows = {
        "hosting": _state(each) + (f", since {_time(hosting.since)} UTC" if hosting.since else ""),
        "serving": f"revision {hosting.serving_revision}" if hosting.serving_revision else "",
        "registered": f"revision {each.revision}, version {each.version}, by {each.author}",
        "status": each.status,
        "address": hosting.path,
        "actor": hosting.actor or "",
        "routes": "\n".join(hosting.routes),
        "indexes": "\n".join(f"{name}: {outcome}" for name, outcome in hosting.indexes.items()),
        "last export": f"{_time(each.last_export.created_at)} UTC, {each.last_export.kind}"
        if each.last_export
        else "",
    }
    for name, value in rows.items():
        if value:
            table.add_row(name, value if name == "hosting" else escape(value))
    if hosting.error:
        table.add_row("[red]error[/]", escape("\n".join(hosting.error)))
    return table


def versions_table(versions: Iterable[Version], *, current: int | None) -> Table:
    table = Table("revision", "version", "created (UTC)", "by", "origin", "kept", "note")
    for version in versions:
        mark = " *" if version.revision == current else ""
        table.add_row(
            f"{version.revision}{mark}",
            version.digest[:SHORT_DIGEST],
            _time(version.created_at),
            escape(version.author),
            version.origin,
            "yes" if version.bundle else "",
            escape(version.note or ""),
        )
    return table


def difference(compared: ExperimentCompared) -> Iterable[Text]:
    """As `diff` shows it, with colours."""
    for file in compared.files:
        if file.diff is not None:
            yield from map(_coloured, file.diff.splitlines())
        else:
            yield Text(f"{file.path}: {_in_words(file)}", style="bold")
    if compared.total > len(compared.files):
        yield Text(f"… and {compared.total - len(compared.files)} more files")


def _coloured(line: str) -> Text:
    if line.startswith(("---", "+++")):
        return Text(line, style="bold")
    styles = {"+": "green", "-": "red", "@": "cyan"}
    return Text(line, style=styles.get(line[:1], ""))


def _in_words(file: FileChange) -> str:
    reason = OMITTED[file.omitted]
    return f"{file.change}, {file.size:,} bytes" + (f" ({reason})" if reason else "")


def _state(each: ExperimentOverview) -> str:
    state = each.hosting.state
    colour = COLOURS.get(state)
    return f"[{colour}]{state}[/]" if colour else str(state)


def _time(moment: datetime | None) -> str:
    return f"{moment:%Y-%m-%d %H:%M}" if moment else ""
