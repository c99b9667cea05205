"""Three shops with shelves, customers with salted passwords, and orders that refer to both."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Final

from bson import Binary, Decimal128, Int64

from services.importer.examples.seeded import Collections, Document, chance, object_id

OPENED: Final = datetime(2024, 2, 29, 9, tzinfo=UTC)
ORDERS: Final = 60
PASSWORD: Final = "harbour"  # noqa: S105 - the demonstration's, shown on its sign-in form
SCRYPT_COST: Final = {"n": 2**12, "r": 8, "p": 1}
"""The experiment's own (`experiments/store-front/passwords.py`)."""
PICTURE: Final = base64.b64decode(
    "iVBORw0KGgoAAAANSUhEUgAAACgAAAAeAgMAAAAjs7ROAAAACVBMVEXP4+Yqb3+5i1qefd4FAAAAKUlEQVR42mNgoA1gZGBg"
    "WMXAwHCtgYEJIUpfJksohBYNxaGAMZSKtgEAVD8DQbapWj0AAAAASUVORK5CYII="
)

SHOPS: Final = {
    ("Ropes and Lamps", "Quay 3"): [
        ("Storm lamp", "A brass lamp that no wind blows out", "48.00", ["light", "brass"]),
        ("Hemp rope, 20 m", "Three strands, smells of tar", "31.90", ["rope"]),
        ("Ship's bell", "Rings twice an hour if you do", "120.00", ["brass"]),
        ("Signal flags", "The whole alphabet in a canvas roll", "85.50", ["cloth"]),
    ],
    ("The Tea Chest", "Custom House Lane 11"): [
        ("East Frisian blend", "Strong tea for soft water, 250 g", "8.75", ["tea"]),
        ("Rock sugar", "Cracks when the tea is poured, 500 g", "3.20", ["sugar"]),
        ("Blue tea cup", "Thin porcelain with a rose", "14.00", ["porcelain"]),
        ("Smoked tea", "For foggy mornings, 100 g", "7.15", ["tea"]),
    ],
    ("Paper and Ink", "Old Market 7"): [
        ("Log book", "Lined, waterproof, 192 pages", "19.95", ["paper"]),
        ("Sea chart of the estuary", "Printed from the plates of 1884", "27.00", ["paper", "chart"]),
        ("Iron gall ink", "Turns black as it dries", "11.40", ["ink"]),
        ("Dividers", "Steel points, brass joint", "36.60", ["brass", "chart"]),
    ],
}
CUSTOMERS: Final = (
    "Ana",
    "Ben",
    "Carla",
    "Deniz",
    "Emil",
    "Femke",
    "Greta",
    "Hinnerk",
    "Ida",
    "Jaspal",
    "Kaja",
    "Lev",
)


def collections() -> Collections:
    stores = _stores()
    products = list(_products(stores))
    return {"stores": stores, "products": products, "customers": _customers(), "orders": _orders(products)}


def _stores() -> list[Document]:
    return [
        {"_id": object_id("stores", OPENED, number), "name": name, "street": street, "opened_on": OPENED}
        for number, (name, street) in enumerate(SHOPS)
    ]


def _products(stores: list[Document]) -> Iterator[Document]:
    random = chance("store-front products")
    shelved = [(store, item) for store, shelf in zip(stores, SHOPS.values(), strict=True) for item in shelf]
    for number, (store, (name, description, price, tags)) in enumerate(shelved):
        at = OPENED + timedelta(days=number)
        product: Document = {
            "_id": object_id("products", at, number),
            "store_id": store["_id"],
            "name": name,
            "description": description,
            "price": Decimal128(price),
            "stock": 0 if name == "Smoked tea" else 3 + int(random.random() * 30),
            "weight_g": Int64(50 + int(random.random() * 4000)),
            "tags": tags,
            "taste": [round(random.random(), 3) for _ in range(4)],
            "added_at": at,
        }
        if number % 2 == 0:
            product["sku"] = f"HB-{1000 + number}"
        if name in {"Log book", "Storm lamp"}:
            product["picture"] = {
                "filename": "parcel.png",
                "content_type": "image/png",
                "content": Binary(PICTURE),
            }
        yield product


def _customer_id(number: int) -> object:
    return object_id("customers", OPENED + timedelta(days=10 + number), number)


def _customers() -> Iterator[Document]:
    """Hashed as they are read: each takes some 10 ms of computing."""
    random = chance("store-front customers")
    for number, name in enumerate(CUSTOMERS):
        salt = random.randbytes(16)
        yield {
            "_id": _customer_id(number),
            "name": name,
            "email": f"{name.lower()}@example.com",
            "salt": Binary(salt),
            "password_hash": Binary(hashlib.scrypt(PASSWORD.encode(), salt=salt, **SCRYPT_COST)),
            "joined_at": OPENED + timedelta(days=10 + number),
        }


def _orders(products: list[Document]) -> Iterator[Document]:
    random = chance("store-front orders")
    for number in range(ORDERS):
        at = OPENED + timedelta(days=30 + number, minutes=int(random.random() * 480))
        lines = [
            {
                "product_id": product["_id"],
                "quantity": 1 + int(random.random() * 4),
                "price": product["price"],
            }
            for product in sorted(products, key=lambda _: random.random())[: 1 + number % 3]
        ]
        total = sum((line["price"].to_decimal() * line["quantity"] for line in lines), Decimal(0))
        yield {
            "_id": object_id("orders", at, number),
            "customer_id": _customer_id(int(random.random() * len(CUSTOMERS))),
            "ordered_at": at,
            "lines": lines,
            "total": Decimal128(total),
        }
