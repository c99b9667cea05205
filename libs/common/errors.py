"""One tree of errors. Each class has a stable `code` and an HTTP `status`.

The code becomes the `type` of a problem+json answer and `error.code` of an event; a permanent error ends a job at
once, any other exception is tried again (DESIGN §3).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, ClassVar, Literal

from pydantic import BaseModel, ConfigDict

Category = Literal["file", "format", "constraint", "import", "code", "limit", "request"]


class Problem(BaseModel):
    """One thing that is wrong with an input: where it is and what mends it."""

    model_config = ConfigDict(frozen=True)

    category: Category
    code: str
    message: str
    path: str | None = None
    """Member of a ZIP, JSON path or parameter name."""
    row: int | None = None
    line: int | None = None
    remedy: str | None = None


class EntrepotError(Exception):
    """Something went wrong in Entrepot."""

    code: ClassVar[str] = "internal"
    status: ClassVar[int] = 500
    permanent: ClassVar[bool] = True

    def __init__(
        self,
        detail: str | None = None,
        *,
        problems: Iterable[Problem] = (),
        extensions: Mapping[str, Any] | None = None,
    ) -> None:
        """`extensions` are further members of the problem details, by names that RFC 9457 does not use."""
        self.detail = detail or self.title()
        self.problems = list(problems)
        self.extensions = dict(extensions or {})
        super().__init__(self.detail)

    @classmethod
    def title(cls) -> str:
        """What all errors of this class have in common: the docstring's first line."""
        return (cls.__doc__ or "").strip().splitlines()[0]

    def as_problem_details(self) -> dict[str, Any]:
        """The body of an `application/problem+json` answer (RFC 9457)."""
        return self.extensions | problem_details(
            self.code, self.title(), self.status, self.detail, self.problems
        )


def problem_details(
    code: str, title: str, status: int, detail: str, problems: Iterable[Problem]
) -> dict[str, Any]:
    """An error by the names of RFC 9457; `errors` lists the problems, if there are any."""
    body: dict[str, Any] = {
        "type": f"urn:entrepot:problem:{code}",
        "title": title,
        "status": status,
        "detail": detail,
    }
    errors = [problem.model_dump(exclude_none=True) for problem in problems]
    return body | {"errors": errors} if errors else body


class InvalidInput(EntrepotError):
    """The input cannot be accepted; nothing was changed."""

    code = "invalid-input"
    status = 422


class BadRequest(EntrepotError):
    """The request is not of the form that this address takes."""

    code = "bad-request"
    status = 400


class Unauthenticated(EntrepotError):
    """A valid token is needed."""

    code = "unauthenticated"
    status = 401


class Forbidden(EntrepotError):
    """This token does not allow that."""

    code = "forbidden"
    status = 403


class NotFound(EntrepotError):
    """There is nothing of that name."""

    code = "not-found"
    status = 404


class UploadGone(NotFound):
    """The uploaded file is no longer stored; send it again."""

    code = "upload-gone"


class Conflict(EntrepotError):
    """The present state does not allow that."""

    code = "conflict"
    status = 409


class TooLarge(EntrepotError):
    """The input is larger than the limit."""

    code = "too-large"
    status = 413


class UnsupportedMedia(EntrepotError):
    """This kind of file is not accepted here."""

    code = "unsupported-media"
    status = 415


class TooMany(EntrepotError):
    """Too much work is waiting; try again later."""

    code = "too-many"
    status = 429


class Unavailable(EntrepotError):
    """A part that this work needs cannot be reached just now."""

    code = "unavailable"
    status = 503
    permanent = False


class DiskFull(Unavailable):
    """The disk of the service that works on this has no room left."""

    code = "disk-full"
    status = 507


class DeadlineExceeded(EntrepotError):
    """The work took longer than its deadline."""

    code = "deadline-exceeded"
    status = 504


class Misconfigured(EntrepotError):
    """The settings do not fit together."""

    code = "misconfigured"
