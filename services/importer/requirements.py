"""`requirements.txt` of an experiment: what it asks for, and what its imports need."""

from __future__ import annotations

import re
import sys
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from importlib import metadata
from typing import Final

from packaging.requirements import InvalidRequirement, Requirement
from packaging.utils import canonicalize_name

from libs.common.errors import Problem
from services.importer.code.modules import Modules

REQUIREMENTS: Final = "requirements.txt"

PROVIDED: Final = frozenset(
    {
        *(
            "anyio",
            "fastapi",
            "jinja2",
            "motor",
            "pydantic",
            "pydantic-core",
            "pymongo",
            "python-multipart",
            "ray",
        ),
        *("starlette", "typing-extensions", "uvicorn", "websockets"),
    }
)
"""Distributions that the platform brings in versions that it was tested with."""

IMPORTS_OF: Final[dict[str, frozenset[str]]] = {
    "beautifulsoup4": frozenset({"bs4"}),
    "opencv-python": frozenset({"cv2"}),
    "opencv-python-headless": frozenset({"cv2"}),
    "pillow": frozenset({"PIL"}),
    "pyjwt": frozenset({"jwt"}),
    "pymongo": frozenset({"pymongo", "bson", "gridfs"}),
    "python-dateutil": frozenset({"dateutil"}),
    "python-dotenv": frozenset({"dotenv"}),
    "python-jose": frozenset({"jose"}),
    "python-multipart": frozenset({"multipart", "python_multipart"}),
    "pyyaml": frozenset({"yaml"}),
    "scikit-image": frozenset({"skimage"}),
    "scikit-learn": frozenset({"sklearn"}),
}
"""Import names that differ from their distribution's name."""

PLATFORM_MODULES: Final = frozenset(
    {"async_mongo_wrapper", "core_deps", "experiment_db", "experiments", "mongo_connection_pool"}
)


@dataclass
class Requirements:
    """What `requirements.txt` says, and what is wrong with it."""

    wanted: list[Requirement] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)
    warnings: list[Problem] = field(default_factory=list)


def read_requirements(content: bytes) -> Requirements:
    """One requirement a line (PEP 508); pip's own options are not followed, and said to be so."""
    found = Requirements()
    for number, text in _lines(content.decode("utf-8-sig", errors="replace")):
        if text.startswith("-"):
            found.warnings.append(
                _said("pip-option", number, f"Options for pip are not followed: {text[:100]}", "Remove it.")
            )
            continue
        try:
            requirement = Requirement(re.split(r"\s--hash", text)[0])
        except InvalidRequirement as error:
            reason = str(error).splitlines()[0]
            found.problems.append(
                _said(
                    "invalid-requirement",
                    number,
                    f"{text[:100]!r} is no requirement: {reason}",
                    "Correct it.",
                )
            )
            continue
        found.wanted.append(requirement)
        if canonicalize_name(requirement.name) in PROVIDED:
            _judge_provided(requirement, number, found)
    return found


def _judge_provided(requirement: Requirement, line: int, found: Requirements) -> None:
    """Hosts run in the platform's own version: what asks for another one could never start."""
    if requirement.marker is not None and not requirement.marker.evaluate():
        return
    version = _version(requirement.name)
    is_met = version is None or requirement.specifier.contains(version, prereleases=True)
    if is_met and requirement.url is None:
        message = f"The platform brings {requirement.name} in a version of its own."
        found.warnings.append(_said("platform-package", line, message, "Remove it."))
        return
    message = f"{str(requirement)[:100]} contradicts {requirement.name} {version}, in which experiments run."
    found.problems.append(
        _said("contradicts-platform", line, message, f"Remove it, or allow the version {version}.")
    )


def _version(distribution: str) -> str | None:
    """The platform's, where it is installed here."""
    try:
        return metadata.version(distribution)
    except metadata.PackageNotFoundError:
        return None


def unprovided_imports(modules: Modules, wanted: Iterable[Requirement]) -> list[Problem]:
    """A warning for each import that neither Python, the platform nor a requirement provides."""
    known = {name for distribution in PROVIDED for name in import_names(distribution)}
    known |= {name for requirement in wanted for name in import_names(requirement.name)}
    known |= PLATFORM_MODULES | sys.stdlib_module_names
    seen: dict[str, Problem] = {}
    for path in sorted(modules.reached()):
        for reference in modules.facts[path]["imports"]:
            name = reference["module"].split(".")[0]
            if reference["level"] or reference["guarded"] or name in known or name in seen:
                continue
            is_sibling = modules.exists((name,))
            remedy = f"Write `from . import {name}`." if is_sibling else f"Add it to {REQUIREMENTS}."
            seen[name] = Problem(
                category="import",
                code="import-not-provided",
                path=path,
                line=reference["line"],
                message=f"No requirement provides the module {name}.",
                remedy=remedy,
            )
    return list(seen.values())


def import_names(distribution: str) -> frozenset[str]:
    """What a distribution is imported as, as far as that is known."""
    name = canonicalize_name(distribution)
    plain = name.replace("-", "_")
    return IMPORTS_OF.get(name) or frozenset(
        {plain, distribution, plain.split("_")[0], plain.removeprefix("python_")}
    )


def _lines(text: str) -> Iterator[tuple[int, str]]:
    """Logical lines with their numbers, without comments."""
    pending, start = "", 0
    for number, line in enumerate(text.splitlines(), start=1):
        start = start or number
        pending += re.sub(r"(^|\s)#.*$", "", line).strip()
        if pending.endswith("\\"):
            pending = pending[:-1] + " "
            continue
        if pending.strip():
            yield start, pending.strip()
        pending, start = "", 0
    if pending.strip():
        yield start, pending.strip()


def _said(code: str, line: int, message: str, remedy: str) -> Problem:
    return Problem(category="import", code=code, path=REQUIREMENTS, line=line, message=message, remedy=remedy)
