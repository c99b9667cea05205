"""Answers of a platform."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import httpx

from .platform import FILES, PROBLEM

JOB = "0198c0de-7a11-7000-8000-5eed5eed5eed"
AT = "2026-02-28T12:30:00Z"
SHA256 = "3f9a1c2d4e5f60718293a4b5c6d7e8f93f9a1c2d4e5f60718293a4b5c6d7e8f9"


def job(state: str = "running", **more: Any) -> dict[str, Any]:
    requester = {"email": "ana@example.org", "role": "developer"}
    return {
        "id": JOB,
        "kind": "export.request",
        "subject": "click",
        "requester": requester,
        "input": {},
        "state": state,
        "attempt": 1,
        "failures": 0,
        "created_at": AT,
        **more,
    }


def accepted() -> httpx.Response:
    return httpx.Response(
        202, json={"status": "queued", "job_id": JOB, "message": "It goes on.", "job": job()}
    )


def export(**more: Any) -> dict[str, Any]:
    return {
        "status": "success",
        "export_id": "e1",
        "job_id": JOB,
        "filename": "click.zip",
        "download_url": f"{FILES}/click.zip",
        "expires_at": AT,
        "checksum": SHA256,
        "content_digest": SHA256,
        "file_size": 3,
        "reused": False,
        "collections": [],
        "warnings": [],
        "message": "Exported click.",
        **more,
    }


def import_result(**more: Any) -> dict[str, Any]:
    plan = {"slug": "click", "digest": SHA256, "plan_digest": "p", "action": "create", "added": ["actor.py"]}
    return {"slug": "click", "dry_run": False, "revision": 1, "plan": plan, "message": "Imported.", **more}


def experiment(slug: str, **more: Any) -> dict[str, Any]:
    return {
        "slug": slug,
        "name": slug.title(),
        "status": "active",
        "version": SHA256[:12],
        "revision": 3,
        "digest": SHA256,
        "author": "ana@example.org",
        "updated_at": AT,
        "bundle_size": 1234,
        "hosting": {
            "state": "idle",
            "path": f"/experiments/{slug}/",
            "routes": [],
            "error": [],
            "indexes": {},
        },
        **more,
    }


def problem(status: int, code: str, **more: Any) -> httpx.Response:
    content: Mapping[str, Any] = {
        "type": f"urn:entrepot:problem:{code}",
        "title": "It cannot be done.",
        "status": status,
        "detail": f"It is {code}.",
        **more,
    }
    return httpx.Response(status, json=content, headers=PROBLEM)
