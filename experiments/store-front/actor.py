"""The shops' shelves, customers and orders."""

import secrets
from datetime import datetime, timedelta, timezone

import ray
from bson import Binary, Decimal128, ObjectId
from bson.errors import InvalidId

from experiment_db import create_actor_database

from .catalogue import customer_view, order_view, product_view, store_view
from .passwords import hash_password, is_password, new_salt

SIGNED_IN = timedelta(hours=12)


def as_id(text):
    """The ObjectId that an address names, or None for what is none."""
    try:
        return ObjectId(text)
    except (InvalidId, TypeError):
        return None


@ray.remote(num_cpus=0)
class ExperimentActor:
    def __init__(self, mongo_uri, db_name, write_scope, read_scopes):
        self.db = create_actor_database(mongo_uri, db_name, write_scope, read_scopes)
        self.slug = write_scope

    async def stores(self):
        """Each store with its shelf: two queries by reference, as the pages of a shop do it."""
        shown = []
        async for store in self.db.stores.find({}).sort("name", 1):
            shelf = await self.db.products.find({"store_id": store["_id"]}).sort("name", 1).to_list(None)
            shown.append(store_view(store, shelf))
        return shown

    async def product(self, product_id):
        """One product with its store, joined by the server; None where there is none."""
        found = await self.db.products.aggregate(
            [
                {"$match": {"_id": as_id(product_id)}},
                {
                    "$lookup": {
                        "from": f"{self.slug}_stores",
                        "localField": "store_id",
                        "foreignField": "_id",
                        "as": "store",
                    }
                },
                {"$unwind": "$store"},
            ]
        ).to_list(1)
        return product_view(found[0], found[0]["store"]) if found else None

    async def search(self, words):
        found = self.db.products.find({"$text": {"$search": words}}, {"score": {"$meta": "textScore"}})
        ranked = await found.sort([("score", {"$meta": "textScore"}), ("name", 1)]).to_list(20)
        return [product_view(product) for product in ranked]

    async def picture(self, product_id):
        """Content type and bytes of a product's picture, or None."""
        product = await self.db.products.find_one({"_id": as_id(product_id)}, {"picture": 1})
        if product is None or "picture" not in product:
            return None
        return product["picture"]["content_type"], bytes(product["picture"]["content"])

    async def set_picture(self, product_id, filename, content_type, content):
        picture = {"filename": filename, "content_type": content_type, "content": Binary(content)}
        changed = await self.db.products.update_one({"_id": as_id(product_id)}, {"$set": {"picture": picture}})
        return changed.matched_count == 1

    async def register(self, name, email, password):
        """Create an account. Raises: pymongo.errors.DuplicateKeyError where the address has one."""
        salt = new_salt()
        customer = {"name": name, "email": email, "salt": salt, "password_hash": hash_password(password, salt)}
        await self.db.customers.insert_one({**customer, "joined_at": datetime.now(timezone.utc)})

    async def sign_in(self, email, password):
        """A session's token, or None where address and password do not fit."""
        customer = await self.db.customers.find_one({"email": email})
        if customer is None or not is_password(password, customer["salt"], customer["password_hash"]):
            return None
        session = {
            "_id": secrets.token_urlsafe(24),
            "customer_id": customer["_id"],
            "expires_at": datetime.now(timezone.utc) + SIGNED_IN,
        }
        await self.db.sessions.insert_one(session)
        return session["_id"]

    async def customer(self, token):
        """Who is signed in, or None."""
        session = await self.db.sessions.find_one({"_id": token, "expires_at": {"$gt": datetime.now(timezone.utc)}})
        if session is None:
            return None
        return customer_view(await self.db.customers.find_one({"_id": session["customer_id"]}))

    async def order(self, token, product_id, quantity):
        """Take `quantity` off the shelf and write the order, or return None where that many are not there."""
        customer = await self.customer(token)
        product = await self.db.products.find_one_and_update(
            {"_id": as_id(product_id), "stock": {"$gte": quantity}}, {"$inc": {"stock": -quantity}}
        )
        if customer is None or product is None:
            return None
        order = {
            "customer_id": ObjectId(customer["id"]),
            "ordered_at": datetime.now(timezone.utc),
            "lines": [{"product_id": product["_id"], "quantity": quantity, "price": product["price"]}],
            "total": Decimal128(product["price"].to_decimal() * quantity),
        }
        await self.db.orders.insert_one(order)
        return order_view(order)

    async def everything(self):
        """All that the shops know, in a fixed order."""
        return {
            "stores": await self.stores(),
            "customers": [customer_view(customer) async for customer in self.db.customers.find({}).sort("email", 1)],
            "orders": [order_view(order) async for order in self.db.orders.find({}).sort("_id", 1)],
        }
