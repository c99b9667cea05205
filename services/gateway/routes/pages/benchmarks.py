"""`/benchmarks`: companies and runs, and how algorithms compare in one company."""

from __future__ import annotations

from typing import Final

from aiohttp import hdrs, web

from libs.common.benchmarks.reading import BenchmarkReader
from libs.common.blobs.links import content_disposition
from libs.common.errors import NotFound
from libs.common.threads import in_thread
from services.gateway.auth.access import VIEWER
from services.gateway.edge import edge_of
from services.gateway.pages.benchmarks.plots import Plot
from services.gateway.pages.benchmarks.view import View, view_of
from services.gateway.pages.rendering import page
from services.gateway.reading import PageSize, read_fields
from services.gateway.resources.benchmark_runs import RunQuery
from services.gateway.resources.model import HttpModel
from services.gateway.routes.benchmark_paths import company_of
from services.gateway.routing import Endpoint

SHOWN_RUNS: Final = 20
COMPANY_PAGE: Final = r"/benchmarks/{company_id:\d{1,19}}"
CONTENT_TYPES: Final = {"csv": "text/csv", "json": "application/json", "svg": "image/svg+xml"}


class PlotNotFound(NotFound):
    """There is no such plot of this run."""

    code = "plot-not-found"


class RunsQuery(RunQuery):
    limit: PageSize = SHOWN_RUNS


class ComparisonQuery(HttpModel):
    """Without `run` the newest one, without `before` the one before it."""

    run: str | None = None
    before: str | None = None


async def show_benchmarks(request: web.Request) -> web.StreamResponse:
    query = read_fields(request.query, RunsQuery)
    reader = BenchmarkReader(edge_of(request).parts.database)
    companies = await reader.companies()
    found = await reader.runs(before=query.before, limit=query.limit + 1)
    runs = found[: query.limit]
    return await page(
        request,
        "benchmarks/index.html",
        companies=companies,
        ids={company.name: company.id for company in companies},
        runs=runs,
        query=query,
        next=runs[-1].id if len(found) > len(runs) else None,
    )


async def show_comparison(request: web.Request) -> web.StreamResponse:
    """Raises: CompanyNotFound, RunNotFound."""
    view = await _view(request)
    companies = await BenchmarkReader(edge_of(request).parts.database).companies()
    charts = await in_thread(_draw, view)
    return await page(request, "benchmarks/company.html", view=view, companies=companies, charts=charts)


async def plot_file(request: web.Request) -> web.StreamResponse:
    """What a plot is made of, or the plot. Raises: CompanyNotFound, RunNotFound, PlotNotFound."""
    view, name, suffix = await _view(request), request.match_info["name"], request.match_info["suffix"]
    plot = next((plot for plot in view.plots if plot.name == name), None)
    if plot is None:
        raise PlotNotFound(f"There is no plot {name!r} of this run.")
    content = await in_thread(_content, plot, suffix)
    filename = f"{view.company.name} {plot.name}.{suffix}"
    return web.Response(
        body=content,
        content_type=CONTENT_TYPES[suffix],
        charset=None if suffix == "json" else "utf-8",
        headers={hdrs.CONTENT_DISPOSITION: content_disposition(filename)},
    )


async def _view(request: web.Request) -> View:
    query, company = read_fields(request.query, ComparisonQuery), await company_of(request)
    database = edge_of(request).parts.database
    return await view_of(database, company, run_id=query.run, before_id=query.before)


def _draw(view: View) -> dict[str, str]:
    from services.gateway.pages.benchmarks.charts import drawn  # noqa: PLC0415  (the library, for who looks at plots)

    return {plot.name: drawn(plot) for plot in view.plots}


def _content(plot: Plot, suffix: str) -> bytes:
    from services.gateway.pages.benchmarks.charts import as_file  # noqa: PLC0415  (as above)

    match suffix:
        case "csv":
            return plot.as_csv().encode()
        case "json":
            return plot.as_json()
        case _:
            return as_file(plot).encode()


ENDPOINTS: Final = [
    Endpoint("GET", "/benchmarks", show_benchmarks, VIEWER),
    Endpoint("GET", COMPANY_PAGE, show_comparison, VIEWER),
    Endpoint(
        "GET", COMPANY_PAGE + r"/plots/{name:[a-z0-9.-]{1,40}}.{suffix:csv|json|svg}", plot_file, VIEWER
    ),
]
