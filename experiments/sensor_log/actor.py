"""Readings of the stations, in pages, in summary and by place."""

import ray
from bson import ObjectId

from experiment_db import create_actor_database
from experiments.sensor_log.analysis import as_number, is_gap
from experiments.sensor_log.analysis.summary import by_station, near

PAGE = 1000


def reading_view(reading):
    return {
        "id": str(reading["_id"]),
        "station": reading["station"],
        "at": reading["at"].isoformat(),
        "temperature": as_number(reading["temperature"]),
        "gap": is_gap(reading["temperature"]),
        "humidity": as_number(reading["humidity"]),
        "sequence": reading["sequence"],
    }


@ray.remote(max_concurrency=16)
class ExperimentActor:
    def __init__(self, mongo_uri, db_name, write_scope, read_scopes):
        self.db = create_actor_database(mongo_uri, db_name, write_scope, read_scopes)
        self.names = {}

    async def initialize(self):
        """Read the stations' names once; they hardly ever change."""
        self.names = {station["_id"]: station["name"] async for station in self.db.stations.find({})}

    async def stations(self):
        return [
            {
                "id": station["_id"],
                "name": self.names.get(station["_id"], station["name"]),
                "location": station["location"]["coordinates"],
                "height_m": station["height_m"],
                "installed_at": station["installed_at"].isoformat(),
                "calibration": station["calibration"].hex(),
            }
            async for station in self.db.stations.find({}).sort("_id", 1)
        ]

    async def summary(self):
        return [
            {
                "station": row["_id"],
                "name": self.names.get(row["_id"]),
                "readings": row["readings"],
                "gaps": row["gaps"],
                "coldest": as_number(row["coldest"]),
                "warmest": as_number(row["warmest"]),
                "last": row["last"].isoformat(),
            }
            async for row in self.db.readings.aggregate(by_station())
        ]

    async def near(self, longitude, latitude, kilometres):
        return [
            {"id": station["_id"], "name": station["name"], "kilometres": round(station["metres"] / 1000, 1)}
            async for station in self.db.stations.aggregate(near(longitude, latitude, kilometres))
        ]

    async def page(self, after=None, limit=PAGE):
        """The next readings by id, so that a reader of all of them never holds more than a page."""
        newer = {"_id": {"$gt": ObjectId(after)}} if after else {}
        return [reading_view(reading) async for reading in self.db.readings.find(newer).sort("_id", 1).limit(limit)]

    async def alerts(self):
        return [
            {
                "id": str(alert["_id"]),
                "station": alert["station"],
                "reading_id": str(alert["reading_id"]),
                "text": alert["text"],
                "raised_at": alert["raised_at"].isoformat(),
                "expires_at": alert["expires_at"].isoformat(),
            }
            async for alert in self.db.alerts.find({}).sort("_id", 1)
        ]
