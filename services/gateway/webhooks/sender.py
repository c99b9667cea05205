"""One attempt to deliver one event, signed by Standard Webhooks (https://www.standardwebhooks.com)."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from typing import Final

import aiohttp
from aiohttp import hdrs
from standardwebhooks import Webhook as Signer

from services.gateway.events.entry import Entry
from services.gateway.webhooks.model import Attempt, Webhook
from services.gateway.webhooks.targets import AddressRefused, PublicResolver, TargetRefused, check_target

ATTEMPT_SECONDS: Final = 15.0
"""For all of it; Standard Webhooks recommends 15 to 30 s."""
CONNECTIONS: Final = 64
CONTENT_TYPE: Final = "application/cloudevents+json; charset=utf-8"
USER_AGENT: Final = "Entrepot-Webhooks/1"


class Sender:
    """Sends; it reads nothing of an answer but its status."""

    def __init__(self, client: aiohttp.ClientSession, *, private_allowed: bool) -> None:
        self._client = client
        self._private_allowed = private_allowed

    async def send(self, webhook: Webhook, entry: Entry) -> Attempt:
        """Never raises for what the endpoint does."""
        now = asyncio.get_running_loop().time
        began = now()
        status, error = None, None
        try:
            status = await self._post(webhook, entry)
        except TimeoutError:
            error = f"No answer within {ATTEMPT_SECONDS:.0f} s."
        except (TargetRefused, AddressRefused):
            error = "The address is not on the public internet."
        except aiohttp.ClientConnectorDNSError as failure:
            refused = isinstance(failure.os_error, AddressRefused)
            error = "The address is not on the public internet." if refused else "The name is not known."
        except (aiohttp.ClientError, OSError) as failure:
            error = f"The connection failed: {type(failure).__name__}."
        return Attempt(status=status, error=error, seconds=round(now() - began, 3))

    async def _post(self, webhook: Webhook, entry: Entry) -> int:
        url = check_target(webhook.url, private_allowed=self._private_allowed)  # it may be of another setting
        async with (
            asyncio.timeout(ATTEMPT_SECONDS),
            self._client.post(url, data=entry.body, headers=_headers(webhook, entry)) as response,
        ):
            response.close()  # whatever it would still say is no concern of ours
            return response.status


@asynccontextmanager
async def open_sender(*, private_allowed: bool) -> AsyncIterator[Sender]:
    """With connections of its own, which follow nothing and remember nothing."""
    resolver = None if private_allowed else PublicResolver()
    async with aiohttp.ClientSession(
        connector=aiohttp.TCPConnector(
            limit=CONNECTIONS, resolver=resolver, use_dns_cache=False, force_close=True
        ),
        cookie_jar=aiohttp.DummyCookieJar(),
        requote_redirect_url=False,
        middlewares=(),
    ) as client:
        yield Sender(client, private_allowed=private_allowed)


def _headers(webhook: Webhook, entry: Entry) -> dict[str, str]:
    now = datetime.now(UTC)
    return {
        hdrs.CONTENT_TYPE: CONTENT_TYPE,
        hdrs.USER_AGENT: USER_AGENT,
        "webhook-id": entry.event_id,
        "webhook-timestamp": str(int(now.timestamp())),
        "webhook-signature": Signer(webhook.secret).sign(entry.event_id, now, entry.body.decode()),
    }
