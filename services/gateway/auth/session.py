"""The cookie of a signed-in browser."""

from __future__ import annotations

from typing import Final

SESSION_COOKIE: Final = "entrepot_session"
"""Ours alone: experiments never see it and cannot set it."""
