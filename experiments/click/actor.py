"""Keeps the buttons and counts the clicks."""

from datetime import datetime, timezone

import ray

from experiment_db import create_actor_database

BUTTONS = [
    {"_id": "amber", "label": "Amber", "colour": "#d98e04", "place": 1},
    {"_id": "moss", "label": "Moss", "colour": "#5c7c3b", "place": 2},
    {"_id": "slate", "label": "Slate", "colour": "#4a6072", "place": 3},
    {"_id": "plum", "label": "Plum", "colour": "#7d4a6d", "place": 4},
]


@ray.remote
class ExperimentActor:
    def __init__(self, mongo_uri, db_name, write_scope, read_scopes):
        self.db = create_actor_database(mongo_uri, db_name, write_scope, read_scopes)

    async def initialize(self):
        """Put the buttons there, once; safe to run again."""
        for button in BUTTONS:
            await self.db.buttons.update_one({"_id": button["_id"]}, {"$setOnInsert": button}, upsert=True)

    async def press(self, button, visitor):
        """Count one click. Returns False where there is no such button."""
        if await self.db.buttons.find_one({"_id": button}) is None:
            return False
        click = {"button": button, "visitor": visitor, "clicked_at": datetime.now(timezone.utc)}
        await self.db.clicks.insert_one(click)
        return True

    async def counts(self):
        """The buttons in their places, each with its clicks and its share of all clicks in percent."""
        counted = {
            row["_id"]: row["clicks"]
            async for row in self.db.clicks.aggregate([{"$group": {"_id": "$button", "clicks": {"$sum": 1}}}])
        }
        total = sum(counted.values())
        return [
            {
                "button": button["_id"],
                "label": button["label"],
                "colour": button["colour"],
                "clicks": counted.get(button["_id"], 0),
                "percent": round(100 * counted.get(button["_id"], 0) / total, 1) if total else 0.0,
            }
            async for button in self.db.buttons.find({}).sort("place", 1)
        ]

    async def recent(self, limit):
        """The newest clicks; those of the same instant by id."""
        newest = self.db.clicks.find({}).sort([("clicked_at", -1), ("_id", -1)]).limit(limit)
        return [
            {
                "id": str(click["_id"]),
                "button": click["button"],
                "visitor": click.get("visitor"),
                "clicked_at": click["clicked_at"].isoformat(),
            }
            async for click in newest
        ]
