"""Webhooks: developers have their own, administrators see to all (docs/events.md)."""

from __future__ import annotations

from typing import Final

from aiohttp import hdrs, web

from libs.common.jobs.model import Role
from services.gateway.admission import caller_of
from services.gateway.answers import answer
from services.gateway.auth.access import DEVELOPER, has_role
from services.gateway.edge import edge_of
from services.gateway.reading import read_json, read_query
from services.gateway.resources.webhooks import (
    DeliveryPage,
    DeliveryQuery,
    DeliveryResource,
    NewWebhook,
    WebhookBody,
    WebhookChange,
    WebhookPage,
    WebhookQuery,
    WebhookResource,
)
from services.gateway.routing import Endpoint
from services.gateway.webhooks.courier import Courier
from services.gateway.webhooks.deliveries import DeliveryNotFound
from services.gateway.webhooks.model import DeliveryState, Webhook
from services.gateway.webhooks.targets import check_target


async def create_webhook(request: web.Request) -> web.StreamResponse:
    """It hears of what happens from now on."""
    body, edge = await read_json(request, WebhookBody), edge_of(request)
    webhook = await _courier(request).webhooks.create(
        owner=caller_of(request).email,
        url=_checked(request, body.url),
        types=body.types,
        description=body.description,
        position=await edge.feed.events.last(),
    )
    response = answer(NewWebhook(webhook=WebhookResource.of(webhook), secret=webhook.secret), status=201)
    response.headers[hdrs.LOCATION] = f"/api/webhooks/{webhook.id}"
    return response


async def list_webhooks(request: web.Request) -> web.StreamResponse:
    query = read_query(request, WebhookQuery)
    found = await _courier(request).webhooks.page(
        owner=_owner_limit(request), after=query.after, limit=query.limit
    )
    return answer(
        WebhookPage(
            webhooks=[WebhookResource.of(webhook) for webhook in found],
            next=found[-1].id if len(found) == query.limit else None,
        )
    )


async def show_webhook(request: web.Request) -> web.StreamResponse:
    return answer(WebhookResource.of(await _webhook(request)))


async def change_webhook(request: web.Request) -> web.StreamResponse:
    body = await read_json(request, WebhookChange)
    fields = body.model_dump(exclude_unset=True, exclude_none=True)
    if "url" in fields:
        fields["url"] = _checked(request, fields["url"])
    if "enabled" in fields:
        fields |= {"is_enabled": fields.pop("enabled"), "disabled_because": None}
    changed = await _courier(request).webhooks.change(
        request.match_info["webhook_id"], fields, owner=_owner_limit(request)
    )
    return answer(WebhookResource.of(changed))


async def delete_webhook(request: web.Request) -> web.StreamResponse:
    await _courier(request).webhooks.delete(request.match_info["webhook_id"], owner=_owner_limit(request))
    return web.Response(status=204)


async def list_deliveries(request: web.Request) -> web.StreamResponse:
    query, webhook = read_query(request, DeliveryQuery), await _webhook(request)
    found = await _courier(request).deliveries.page(webhook, before=query.before, limit=query.limit)
    return answer(
        DeliveryPage(
            deliveries=[DeliveryResource.of(delivery) for delivery in found],
            next=found[-1].id if len(found) == query.limit else None,
        )
    )


async def redeliver(request: web.Request) -> web.StreamResponse:
    """One more attempt now, whatever became of it before. Raises: DeliveryNotFound."""
    webhook, courier = await _webhook(request), _courier(request)
    delivery = await courier.deliveries.get(webhook, request.match_info["delivery_id"])
    entry = await edge_of(request).feed.events.get(delivery.number)
    if entry is None:
        raise DeliveryNotFound("The event is no longer kept, so it cannot be sent again.")
    attempt = await courier.sender.send(webhook, entry)
    state = DeliveryState.DELIVERED if attempt.succeeded else delivery.state
    return answer(DeliveryResource.of(await courier.deliveries.note(webhook, entry, state, attempt)))


def _courier(request: web.Request) -> Courier:
    return edge_of(request).courier


def _owner_limit(request: web.Request) -> str | None:
    """Whose webhooks a caller may see to; None means everybody's."""
    caller = caller_of(request)
    return None if has_role(caller, Role.ADMIN) else caller.email


async def _webhook(request: web.Request) -> Webhook:
    """Raises: WebhookNotFound, also for another person's."""
    return await _courier(request).webhooks.get(request.match_info["webhook_id"], owner=_owner_limit(request))


def _checked(request: web.Request, url: str) -> str:
    """Raises: TargetRefused."""
    return check_target(url, private_allowed=edge_of(request).parts.settings.webhook_private_targets)


WEBHOOK: Final = "/api/webhooks/{webhook_id}"

ENDPOINTS: Final = [
    Endpoint("POST", "/api/webhooks", create_webhook, DEVELOPER),
    Endpoint("GET", "/api/webhooks", list_webhooks, DEVELOPER),
    Endpoint("GET", WEBHOOK, show_webhook, DEVELOPER),
    Endpoint("PATCH", WEBHOOK, change_webhook, DEVELOPER),
    Endpoint("DELETE", WEBHOOK, delete_webhook, DEVELOPER),
    Endpoint("GET", f"{WEBHOOK}/deliveries", list_deliveries, DEVELOPER),
    Endpoint("POST", WEBHOOK + "/deliveries/{delivery_id}/redeliver", redeliver, DEVELOPER),
]
