"""The metrics of all services, in one place. Names follow Prometheus' conventions; labels have few values."""

from __future__ import annotations

from typing import Final

from prometheus_client import Counter, Gauge, Histogram

REQUEST_BUCKETS: Final = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0, 60.0)
JOB_BUCKETS: Final = (0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0, 60.0, 300.0, 1800.0)
SIZE_BUCKETS: Final = tuple(float(4**n) * 1024 for n in range(10))
"""1 KiB to 256 MiB."""

HTTP_SECONDS: Final = Histogram(
    "entrepot_http_request_seconds",
    "Requests by route pattern, from the request line to the last byte of the answer.",
    ["method", "route", "status"],
    buckets=REQUEST_BUCKETS,
)
HTTP_IN_PROGRESS: Final = Gauge("entrepot_http_requests_in_progress", "Requests that are being answered.")

JOB_SECONDS: Final = Histogram(
    "entrepot_job_seconds", "Attempts of jobs, by how they ended.", ["kind", "outcome"], buckets=JOB_BUCKETS
)
JOB_QUEUE_SECONDS: Final = Histogram(
    "entrepot_job_queue_seconds", "From acceptance to the first attempt.", ["kind"], buckets=JOB_BUCKETS
)
JOB_FAILURES: Final = Counter(
    "entrepot_job_failures", "Jobs that failed for good, by error code.", ["kind", "code"]
)
JOB_RETRIES: Final = Counter("entrepot_job_retries", "Attempts that failed and are tried again.", ["kind"])
JOBS_RUNNING: Final = Gauge("entrepot_jobs_running", "Jobs that this process works on.", ["kind"])

EXPORTS: Final = Counter(
    "entrepot_exports", "Completed exports; reused ones built nothing.", ["kind", "reused"]
)
EXPORT_BYTES: Final = Histogram(
    "entrepot_export_bytes", "Sizes of built ZIPs.", ["kind"], buckets=SIZE_BUCKETS
)

PUBLISHED: Final = Counter("entrepot_bus_published", "Messages given to the bus.", ["key", "outcome"])
HANDLED: Final = Counter(
    "entrepot_bus_handled", "Deliveries, by how the handler ended.", ["queue", "outcome"]
)
HANDLE_SECONDS: Final = Histogram(
    "entrepot_bus_handle_seconds", "Time in handlers.", ["queue"], buckets=REQUEST_BUCKETS
)

STORAGE_SECONDS: Final = Histogram(
    "entrepot_storage_seconds",
    "Operations of the object storage.",
    ["operation", "outcome"],
    buckets=JOB_BUCKETS,
)
STORAGE_BYTES: Final = Counter("entrepot_storage_bytes", "Bytes written to and read from it.", ["direction"])

JOBS_WAITING: Final = Gauge("entrepot_jobs_waiting", "Accepted jobs that no worker has yet.", ["kind"])
OLDEST_WAITING: Final = Gauge("entrepot_jobs_oldest_waiting_seconds", "Age of the oldest of them.", ["kind"])
OUTBOX_LEFT: Final = Gauge("entrepot_outbox_left", "Jobs whose messages the bus does not hold yet.")
DEAD_LETTERS: Final = Gauge(
    "entrepot_dead_letters", "Messages that could not be handled, at most 100 are counted."
)
PART_UP: Final = Gauge("entrepot_part_up", "Whether a part answers: 1 or 0.", ["part"])
DISK_FREE: Final = Gauge(
    "entrepot_disk_free_bytes", "Room left where this process writes: `home` and `temporary`.", ["folder"]
)
CLOCK_SKEW: Final = Gauge(
    "entrepot_clock_skew_seconds",
    "How far the database's clock is ahead of this process's; negative: behind.",
)
