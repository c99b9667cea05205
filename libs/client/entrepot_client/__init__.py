"""A typed async client for the HTTP interface of a running Entrepot (docs/client.md)."""

from entrepot_client.client import Client
from entrepot_client.configuration import Configuration, Misconfigured
from entrepot_client.errors import (
    DownloadDamaged,
    EntrepotClientError,
    NotUnderstood,
    Refused,
    StillRunning,
    Unreachable,
)
from entrepot_client.events import Subscription
from entrepot_client.models.benchmarks import (
    BenchmarkImport,
    Clear,
    Company,
    Dump,
    Result,
    Roster,
    Run,
    RunWithResults,
)
from entrepot_client.models.events import Event
from entrepot_client.models.experiments import Change, Experiment, Version
from entrepot_client.models.exports import Export, ExportKind
from entrepot_client.models.imports import Import, ImportOptions, OnConflict, Plan, WithData
from entrepot_client.models.jobs import Job, JobState, Problem, Progress

__all__ = [
    "BenchmarkImport",
    "Change",
    "Clear",
    "Client",
    "Company",
    "Configuration",
    "DownloadDamaged",
    "Dump",
    "EntrepotClientError",
    "Event",
    "Experiment",
    "Export",
    "ExportKind",
    "Import",
    "ImportOptions",
    "Job",
    "JobState",
    "Misconfigured",
    "NotUnderstood",
    "OnConflict",
    "Plan",
    "Problem",
    "Progress",
    "Refused",
    "Result",
    "Roster",
    "Run",
    "RunWithResults",
    "StillRunning",
    "Subscription",
    "Unreachable",
    "Version",
    "WithData",
]
