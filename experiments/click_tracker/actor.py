"""Reads the click counter's clicks, and keeps goals of its own."""

from datetime import datetime, timezone
from pathlib import Path

import ray
from jinja2 import Environment, FileSystemLoader, select_autoescape

from experiment_db import create_actor_database
from experiments.click_tracker.stats.chart import chart
from experiments.click_tracker.stats.trend import every_day, moving_average


@ray.remote
class ExperimentActor:
    def __init__(self, mongo_uri, db_name, write_scope, read_scopes):
        self.db = create_actor_database(mongo_uri, db_name, write_scope, read_scopes)
        self.slug = write_scope
        folder = Path(__file__).parent / "templates"
        self.pages = Environment(loader=FileSystemLoader(folder), autoescape=select_autoescape())

    async def trend(self):
        """Clicks per day of the experiment `click`, with their moving average over a week."""
        by_day = {"$dateToString": {"format": "%Y-%m-%d", "date": "$clicked_at"}}
        clicks = self.db.raw.get_collection("click_clicks")
        counted = {
            row["_id"]: row["clicks"]
            async for row in clicks.aggregate([{"$group": {"_id": by_day, "clicks": {"$sum": 1}}}])
        }
        days = every_day(counted)
        averages = moving_average([count for _, count in days])
        return [
            {"day": day, "clicks": count, "average": average}
            for (day, count), average in zip(days, averages, strict=True)
        ]

    async def goals(self):
        """All goals by name."""
        return [
            {
                "id": str(goal["_id"]),
                "name": goal["name"],
                "target": goal["target"],
                "until": goal["until"].date().isoformat(),
                "reached_at": goal["reached_at"].isoformat() if goal["reached_at"] else None,
            }
            async for goal in self.db.goals.find({}).sort("name", 1)
        ]

    async def progress(self):
        """The goals, each with the clicks that were counted before its day."""
        clicks = self.db.raw.get_collection("click_clicks")
        return [
            {
                **goal,
                "clicks": await clicks.count_documents({"clicked_at": {"$lt": datetime.fromisoformat(goal["until"])}}),
            }
            for goal in await self.goals()
        ]

    async def set_goal(self, name, target, until):
        """Create a goal, or move the one of that name; `until` is an ISO date."""
        day = datetime.fromisoformat(until).replace(tzinfo=timezone.utc)
        await self.db.goals.update_one(
            {"name": name}, {"$set": {"target": target, "until": day, "reached_at": None}}, upsert=True
        )

    async def drop_goal(self, name):
        return (await self.db.goals.delete_one({"name": name})).deleted_count == 1

    async def page(self):
        """The whole page, rendered here, where the data are."""
        trend = await self.trend()
        picture = chart([day["clicks"] for day in trend], [day["average"] for day in trend])
        template = self.pages.get_template("tracker.html")
        return template.render(slug=self.slug, chart=picture, goals=await self.progress(), days=trend[-14:])
