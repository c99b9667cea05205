"""Which files of an experiment its imports lead to."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass

from services.importer.code.facts import Facts, Reference

ENTRIES = ("__init__.py", "actor.py")
"""What the platform imports."""

Module = tuple[str, ...]


@dataclass(frozen=True)
class Modules:
    """The package `experiments.{slug}` as its files make it up."""

    slug: str
    facts: Mapping[str, Facts]
    paths: Collection[str]

    def reached(self) -> set[str]:
        """Python files that importing the experiment may import in turn."""
        found: set[str] = set()
        waiting = [path for path in ENTRIES if path in self.facts]
        while waiting:
            path = waiting.pop()
            if path in found:
                continue
            found.add(path)
            for reference in self.facts[path]["imports"]:
                waiting.extend(self.files_of(path, reference))
        return found

    def files_of(self, path: str, reference: Reference) -> Iterator[str]:
        """The files that an import in `path` loads, with the packages around them."""
        module = self.module_of(path, reference)
        if module is None:
            return
        for wanted in (module, *((*module, name) for name in reference["names"])):
            for depth in range(1, len(wanted) + 1):
                stem = "/".join(wanted[:depth])
                yield from (file for file in (f"{stem}.py", f"{stem}/__init__.py") if file in self.facts)

    def module_of(self, path: str, reference: Reference) -> Module | None:
        """The module below the experiment's package that an import names; None if it lies elsewhere."""
        parts = tuple(reference["module"].split(".")) if reference["module"] else ()
        if reference["level"] == 0:
            inside = parts[:2] == ("experiments", self.slug)
            return parts[2:] if inside else None
        package = tuple(path.split("/")[:-1])
        up = reference["level"] - 1
        return package[: len(package) - up] + parts if up <= len(package) else None

    def exists(self, module: Module) -> bool:
        """Whether a module, a package, a folder or an extension module of that name is there."""
        stem = "/".join(module)
        return not stem or any(path.startswith((f"{stem}.", f"{stem}/")) for path in self.paths)

    def provides(self, path: str, name: str, *, depth: int = 5) -> bool:
        """Whether a file binds a name, perhaps by `from … import *`; stars from elsewhere are believed."""
        facts = self.facts[path]
        if name in facts["bound"] or depth == 0:
            return True
        stars = [reference for reference in facts["imports"] if "*" in reference["names"]]
        if any(self.module_of(path, star) is None for star in stars):
            return True
        files = {file for star in stars for file in self.files_of(path, star)} - {path}
        return any(self.provides(file, name, depth=depth - 1) for file in files)
