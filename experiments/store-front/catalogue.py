"""Documents as the pages and the JSON answers show them."""

from decimal import Decimal


def money(amount):
    """A Decimal128 with two digits after the point: `12.50`."""
    return f"{amount.to_decimal():.2f}"


def product_view(product, store=None):
    return {
        "id": str(product["_id"]),
        "store_id": str(product["store_id"]),
        "store": store["name"] if store else None,
        "name": product["name"],
        "description": product["description"],
        "price": money(product["price"]),
        "stock": product["stock"],
        "sku": product.get("sku"),
        "tags": product["tags"],
        "added_at": product["added_at"].isoformat(),
        "has_picture": "picture" in product,
    }


def store_view(store, products=()):
    return {
        "id": str(store["_id"]),
        "name": store["name"],
        "street": store["street"],
        "opened_on": store["opened_on"].date().isoformat(),
        "products": [product_view(product, store) for product in products],
    }


def order_view(order):
    lines = [
        {"product_id": str(line["product_id"]), "quantity": line["quantity"], "price": money(line["price"])}
        for line in order["lines"]
    ]
    return {
        "id": str(order["_id"]),
        "customer_id": str(order["customer_id"]),
        "ordered_at": order["ordered_at"].isoformat(),
        "lines": lines,
        "total": money(order["total"]),
        "adds_up": order["total"].to_decimal()
        == sum((line["price"].to_decimal() * line["quantity"] for line in order["lines"]), Decimal(0)),
    }


def customer_view(customer):
    return {
        "id": str(customer["_id"]),
        "name": customer["name"],
        "email": customer["email"],
        "salt": customer["salt"].hex(),
        "joined_at": customer["joined_at"].isoformat(),
    }
