"""The checks of an experiment's Python: the actor, the router, and that everything they import is there (CONTRACT)."""

from __future__ import annotations

from collections.abc import Iterator

from libs.common.errors import Problem
from services.importer.code.modules import Modules

ACTOR = "actor.py"
PACKAGE = "__init__.py"
ACTOR_CLASS = "ExperimentActor"
ROUTER = "bp"


def check_code(modules: Modules) -> tuple[list[Problem], list[Problem]]:
    """Problems and warnings; files that are missing altogether are reported elsewhere."""
    reached = modules.reached()
    faults = list(_faults(modules))
    problems = [problem for problem in faults if problem.path in reached]
    warnings = [problem for problem in faults if problem.path not in reached]
    problems += [*_check_actor(modules), *_check_router(modules), *_missing_modules(modules, reached)]
    return problems, warnings


def _faults(modules: Modules) -> Iterator[Problem]:
    for path, facts in modules.facts.items():
        if fault := facts["fault"]:
            yield Problem(
                category="code",
                code="syntax-error",
                path=path,
                line=fault["line"],
                message=f"Python cannot parse the file: {fault['message']}",
                remedy="Run `python -m py_compile` on the file before you upload.",
            )


def _check_actor(modules: Modules) -> Iterator[Problem]:
    facts = modules.facts.get(ACTOR)
    if facts is None or facts["fault"]:
        return
    decorators = facts["classes"].get(ACTOR_CLASS)
    if decorators is None:
        yield Problem(
            category="code",
            code="no-actor-class",
            path=ACTOR,
            message=f"The file defines no class {ACTOR_CLASS}.",
            remedy=f"Define `@ray.remote class {ACTOR_CLASS}` in it.",
        )
    elif "ray.remote" not in decorators:
        yield Problem(
            category="code",
            code="actor-not-remote",
            path=ACTOR,
            message=f"The class {ACTOR_CLASS} is not decorated with ray.remote.",
            remedy="Write `@ray.remote` above the class.",
        )


def _check_router(modules: Modules) -> Iterator[Problem]:
    facts = modules.facts.get(PACKAGE)
    if facts is None or facts["fault"] or modules.provides(PACKAGE, ROUTER):
        return
    yield Problem(
        category="code",
        code="no-router",
        path=PACKAGE,
        message=f"The file defines no router {ROUTER}.",
        remedy=f"Write `{ROUTER} = APIRouter()` in it, or import {ROUTER} from another module.",
    )


def _missing_modules(modules: Modules, reached: set[str]) -> Iterator[Problem]:
    for path in sorted(reached):
        for reference in modules.facts[path]["imports"]:
            module = modules.module_of(path, reference)
            if module is not None and not reference["guarded"] and not modules.exists(module):
                yield Problem(
                    category="import",
                    code="missing-module",
                    path=path,
                    line=reference["line"],
                    message=f"The file imports {'/'.join(module)}.py, which is not in the ZIP.",
                    remedy="Add the file, or remove the import.",
                )
