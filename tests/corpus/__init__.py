"""Hostile and odd ZIPs, made by a script: what each does wrong stands in a table, no binary file is kept.

`HOSTILE` must be refused with exactly the codes named, `HONEST` must be read with exactly the files named. Every
road by which a ZIP comes in (reader, command, API, page) is tested with all of them.
"""

from __future__ import annotations

from tests.corpus import contents, entries, honest, names, structure
from tests.corpus.cases import HonestZip, HostileZip

HOSTILE: list[HostileZip] = [*structure.CASES, *entries.CASES, *names.CASES, *contents.CASES]
HONEST: list[HonestZip] = honest.CASES
