from __future__ import annotations

from typing import Final

from services.gateway.documents.operation import Operation
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

ONE: Final = "/api/webhooks/{webhook_id}"

OPERATIONS: Final = {
    "POST /api/webhooks": Operation("Subscribe an endpoint", NewWebhook, status=201, body=WebhookBody),
    "GET /api/webhooks": Operation("Webhooks in order of creation", WebhookPage, query=WebhookQuery),
    f"GET {ONE}": Operation("One webhook", WebhookResource),
    f"PATCH {ONE}": Operation("Change, enable or disable a webhook", WebhookResource, body=WebhookChange),
    f"DELETE {ONE}": Operation("Delete a webhook and its log", None, status=204),
    f"GET {ONE}/deliveries": Operation(
        "What became of events, the newest first", DeliveryPage, query=DeliveryQuery
    ),
    f"POST {ONE}/deliveries/{{delivery_id}}/redeliver": Operation(
        "Send an event again now", DeliveryResource
    ),
}
