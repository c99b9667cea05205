"""The platform's collections and their indexes; experiments' collections are named `{slug}_{name}`.

Platform collections belong to no slug: a slug whose prefix one of these names bears is reserved (DESIGN §5).
"""

from __future__ import annotations

from typing import Final

from pymongo import ASCENDING, DESCENDING, IndexModel

from libs.common.database.client import Database

JOBS: Final = "jobs"
EXPERIMENTS_CONFIG: Final = "experiments_config"
EXPERIMENT_VERSIONS: Final = "experiment_versions"
EXPERIMENT_HOSTING: Final = "experiment_hosting"
EXPERIMENT_DATA: Final = "experiment_data"
LEASES: Final = "leases"
EXPORT_LOGS: Final = "export_logs"
EXPORT_CLAIMS: Final = "export_claims"
TOKENS: Final = "tokens"
SESSIONS: Final = "sessions"
SECRETS: Final = "secrets"
RATE_LIMITS: Final = "ratelimits"
"""In one word, so that `rate` stays free as a slug."""
BUS_MESSAGES: Final = "bus_messages"
BUS_QUEUES: Final = "bus_queues"
EVENT_LOG: Final = "eventlog"
"""In one word, so that `event` stays free as a slug."""
AUDIT: Final = "audit"
WEBHOOKS: Final = "webhooks"
WEBHOOK_DELIVERIES: Final = "webhook_deliveries"
BENCHMARK_COMPANIES: Final = "benchmark_companies"
BENCHMARK_SHIFTS: Final = "benchmark_shifts"
BENCHMARK_EMPLOYEES: Final = "benchmark_employees"
BENCHMARK_ROSTERS: Final = "benchmark_rosters"
BENCHMARK_GENERATIONS: Final = "benchmark_generations"
BENCHMARK_COUNTERS: Final = "benchmark_counters"
BENCHMARK_RUNS: Final = "benchmark_runs"
BENCHMARK_RESULTS: Final = "benchmark_results"

WEBHOOK_DELIVERY_SECONDS: Final = 7 * 24 * 3600
"""Life of an entry in the log of deliveries, far beyond its last attempt."""

INDEXES: Final[dict[str, list[IndexModel]]] = {
    BENCHMARK_RUNS: [IndexModel([("companies", 1), ("_id", DESCENDING)], name="newest_of_company")],
    JOBS: [
        IndexModel(
            [("kind", 1), ("state", 1), ("requester.email", 1), ("subject", 1), ("_id", 1)],
            name="waiting",
        ),
        IndexModel([("kind", 1), ("state", 1), ("lease.until", 1)], name="expired"),
        IndexModel([("kind", 1), ("_id", 1)], name="oldest", partialFilterExpression={"state": "queued"}),
        IndexModel(
            [("outbox_since", 1)],
            name="unpublished",
            partialFilterExpression={"outbox_since": {"$exists": True}},
        ),
        IndexModel(
            [("exclusive", 1)],
            name="one_running_per_slug",
            unique=True,
            partialFilterExpression={"exclusive": {"$exists": True}, "state": "running"},
        ),
        IndexModel(
            [("requester.email", 1), ("idempotency_key", 1)],
            name="idempotency",
            unique=True,
            partialFilterExpression={"idempotency_key": {"$exists": True}},
        ),
        IndexModel([("requester.email", 1), ("_id", DESCENDING)], name="own_newest"),
        IndexModel([("subject", 1), ("_id", DESCENDING)], name="newest_of_subject"),
        IndexModel([("state", 1), ("_id", DESCENDING)], name="newest_in_state"),
    ],
    EXPERIMENT_VERSIONS: [
        IndexModel([("slug", 1), ("revision", DESCENDING)], name="revision", unique=True),
    ],
    EXPERIMENT_DATA: [
        IndexModel([("slug", 1), ("_id", DESCENDING)], name="newest"),
        IndexModel([("kept_until", 1)], name="expired"),
    ],
    EXPORT_LOGS: [
        IndexModel(
            [("slug_id", 1), ("export_type", 1), ("checksum", 1)], name="one_per_checksum", unique=True
        ),
        IndexModel([("slug_id", 1), ("export_type", 1), ("content_digest", 1)], name="content"),
        IndexModel([("slug_id", 1), ("created_at", DESCENDING)], name="newest"),
        IndexModel([("slug_id", 1), ("_id", DESCENDING)], name="newest_of_slug"),
        IndexModel([("b2_file_name", ASCENDING)], name="object"),
    ],
    EXPORT_CLAIMS: [IndexModel([("until", 1)], name="forgotten", expireAfterSeconds=3600)],
    TOKENS: [IndexModel([("email", 1)], name="email")],
    RATE_LIMITS: [IndexModel([("ends_at", 1)], name="forgotten", expireAfterSeconds=60)],
    SESSIONS: [
        IndexModel([("expires_at", 1)], name="expired", expireAfterSeconds=0),
        IndexModel([("session", 1)], name="of_session", sparse=True),
    ],
    EVENT_LOG: [
        IndexModel([("event_id", 1)], name="once", unique=True),
        IndexModel([("correlation_id", 1), ("_id", 1)], name="of_job"),
        IndexModel([("subject", 1), ("_id", 1)], name="of_subject"),
    ],
    AUDIT: [
        IndexModel([("actor", 1), ("_id", DESCENDING)], name="newest_of_actor"),
        IndexModel([("target", 1), ("_id", DESCENDING)], name="newest_of_target"),
        IndexModel([("expires_at", 1)], name="expired", expireAfterSeconds=0),
    ],
    WEBHOOKS: [
        IndexModel([("owner", 1), ("_id", 1)], name="own"),
        IndexModel([("is_enabled", 1), ("due_at", 1)], name="due"),
    ],
    WEBHOOK_DELIVERIES: [
        IndexModel([("webhook", 1), ("number", 1)], name="one_per_event", unique=True),
        IndexModel([("webhook", 1), ("_id", DESCENDING)], name="newest"),
        IndexModel([("created_at", 1)], name="forgotten", expireAfterSeconds=WEBHOOK_DELIVERY_SECONDS),
    ],
    BENCHMARK_COMPANIES: [IndexModel([("name", 1)], name="name", unique=True)],
    BENCHMARK_SHIFTS: [IndexModel([("generation", 1), ("position", 1)], name="order")],
    BENCHMARK_EMPLOYEES: [
        IndexModel([("generation", 1), ("position", 1)], name="order"),
        IndexModel([("generation", 1), ("id", 1)], name="one"),
    ],
    BENCHMARK_ROSTERS: [
        IndexModel([("generation", 1), ("employee", 1)], name="one_per_employee", unique=True)
    ],
    BENCHMARK_GENERATIONS: [IndexModel([("state", 1), ("since", 1)], name="age")],
    BENCHMARK_RESULTS: [
        IndexModel(
            [("run", 1), ("company", 1), ("algorithm", 1), ("seed", 1)], name="one_per_seed", unique=True
        ),
        IndexModel(
            [("company", 1), ("algorithm", 1), ("seed", 1), ("problem_digest", 1), ("_id", DESCENDING)],
            name="same_work",
        ),
    ],
}

PLATFORM_COLLECTIONS: Final = frozenset(
    {JOBS, EXPERIMENTS_CONFIG, EXPERIMENT_VERSIONS, EXPERIMENT_HOSTING, LEASES, EXPORT_LOGS, EXPORT_CLAIMS}
    | {EXPERIMENT_DATA}
    | {TOKENS, SESSIONS, SECRETS, AUDIT, RATE_LIMITS}
    | {EVENT_LOG, WEBHOOKS, WEBHOOK_DELIVERIES}
    | {BUS_MESSAGES, BUS_QUEUES}
    | {BENCHMARK_COMPANIES, BENCHMARK_SHIFTS, BENCHMARK_EMPLOYEES, BENCHMARK_ROSTERS}
    | {BENCHMARK_GENERATIONS, BENCHMARK_COUNTERS, BENCHMARK_RUNS, BENCHMARK_RESULTS}
)


async def ensure_indexes(database: Database) -> None:
    """Create what is missing; safe to run in several services at once."""
    for collection, indexes in INDEXES.items():
        await database[collection].create_indexes(indexes)
