"""Our message as a document: the same headers and body that RabbitMQ would carry."""

from __future__ import annotations

from libs.common.database.client import Document
from libs.common.events.envelope import MalformedMessage, Message, from_rabbitmq


def to_document(message: Message) -> Document:
    event = message.to_rabbitmq()
    return {
        "routing_key": message.routing_key,
        "headers": event.headers,
        "content_type": event.content_type,
        "body": event.body.decode(),
    }


def from_document(document: Document) -> Message:
    """Raises: MalformedMessage."""
    headers, body = document.get("headers"), document.get("body")
    if not isinstance(headers, dict) or not isinstance(body, str):
        raise MalformedMessage("The message has no headers or no body")
    return from_rabbitmq(headers, document.get("content_type"), body.encode())
