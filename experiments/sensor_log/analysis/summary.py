"""Pipelines over the readings."""

WORKING = {"$not": {"$in": ["$temperature", [float("nan"), None]]}}


def by_station():
    """Per station: how many readings, how many gaps, and the extremes of the rest."""
    working = {"$cond": [WORKING, "$temperature", None]}
    return [
        {
            "$group": {
                "_id": "$station",
                "readings": {"$sum": 1},
                "gaps": {"$sum": {"$cond": [WORKING, 0, 1]}},
                "coldest": {"$min": working},
                "warmest": {"$max": working},
                "last": {"$max": "$at"},
            }
        },
        {"$sort": {"_id": 1}},
    ]


def near(longitude, latitude, kilometres):
    """Stations around a place, the nearest first."""
    return [
        {
            "$geoNear": {
                "near": {"type": "Point", "coordinates": [longitude, latitude]},
                "key": "location",
                "distanceField": "metres",
                "maxDistance": kilometres * 1000,
                "spherical": True,
            }
        },
        {"$sort": {"metres": 1, "_id": 1}},
    ]
