"""Events, what people say about them, and the files they attach."""

from datetime import datetime, timezone

import ray
from bson import Binary, Int64, ObjectId

from experiment_db import create_actor_database


def event_view(event):
    return {
        "id": str(event["_id"]),
        "title": event["title"],
        "place": event["place"],
        "starts_at": event["starts_at"].isoformat(),
        "seats": int(event["seats"]),
        "tags": event["tags"],
    }


def post_view(post):
    return {
        "id": str(post["_id"]),
        "event_id": str(post["event_id"]),
        "author": post["author"],
        "text": post["text"],
        "posted_at": post["posted_at"].replace(tzinfo=None).isoformat(),
    }


@ray.remote
class ExperimentActor:
    def __init__(self, mongo_uri, db_name, write_scope, read_scopes):
        self.db = create_actor_database(mongo_uri, db_name, write_scope, read_scopes)

    async def initialize(self):
        """The rules stand on every board; a board that has its own keeps them."""
        rules = {"_id": "rules", "text": "Be kind, be brief."}
        await self.db.settings.update_one({"_id": "rules"}, {"$setOnInsert": rules}, upsert=True)

    async def events(self):
        return [event_view(event) async for event in self.db.events.find({}).sort([("starts_at", 1), ("_id", 1)])]

    async def event(self, event_id):
        """One event with its thread and its files, or None."""
        if not ObjectId.is_valid(event_id):
            return None
        key = ObjectId(event_id)
        event = await self.db.events.find_one({"_id": key})
        if event is None:
            return None
        files = self.db.attachments.find({"event_id": key}, {"filename": 1, "content_type": 1, "size": 1})
        return {
            **event_view(event),
            "posts": [post_view(post) async for post in self.db.posts.find({"event_id": key}).sort([("posted_at", 1)])],
            "files": [
                {"filename": file["filename"], "content_type": file["content_type"], "size": file["size"]}
                async for file in files.sort("filename", 1)
            ],
        }

    async def announce(self, title, place, starts_at, seats):
        event = {"title": title, "place": place, "starts_at": starts_at, "seats": Int64(seats), "tags": []}
        return str((await self.db.events.insert_one(event)).inserted_id)

    async def cancel(self, event_id):
        """Remove an event with all that hangs on it. Returns False where there is none."""
        key = ObjectId(event_id)
        await self.db.posts.delete_many({"event_id": key})
        await self.db.attachments.delete_many({"event_id": key})
        return (await self.db.events.delete_one({"_id": key})).deleted_count == 1

    async def say(self, event_id, author, text):
        post = {
            "event_id": ObjectId(event_id),
            "author": author,
            "text": text,
            "posted_at": datetime.now(timezone.utc).replace(microsecond=0),
        }
        await self.db.posts.insert_one(post)
        return post_view(post)

    async def attach(self, event_id, filename, content_type, content):
        """Keep a file with an event; a file of the same name is replaced."""
        file = {"content_type": content_type, "size": len(content), "content": Binary(content)}
        await self.db.attachments.update_one(
            {"event_id": ObjectId(event_id), "filename": filename}, {"$set": file}, upsert=True
        )

    async def attachment(self, event_id, filename):
        found = await self.db.attachments.find_one({"event_id": ObjectId(event_id), "filename": filename})
        return (found["content_type"], bytes(found["content"])) if found else None
