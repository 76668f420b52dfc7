"""`create_app()`: build the API application."""

import gc
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from fastapi import Depends, FastAPI
from fastapi.middleware.cors import CORSMiddleware
from fastapi.routing import APIRoute
from fastapi_offline import FastAPIOffline
from starlette.middleware.body_limit import RequestBodyLimitMiddleware

from routers import errors
from routers.deps import Resources
from routers.fieldwork import briefings, coverage, insights, promises, transcriptions, visit_drafts, visit_plans, visits
from routers.foundation import events, health
from routers.ground import contact_points, picker, placements, places
from routers.guard import refuse_unknown_parameters
from routers.identity import (
    auth,
    devices,
    external_identities,
    local_rules,
    organisation_links,
    organisations,
    people,
    sign_in,
)
from routers.identity import devices_pages as device_page
from routers.identity import second_factor_pages as second_factor_page
from routers.identity import sign_in_pages as sign_in_page
from routers.judgement import assessments
from routers.middleware.bodies import FileBodies, RequestLog, TooLargeProblem
from routers.middleware.headers import SecurityHeaders
from routers.middleware.json import UnambiguousJson
from routers.middleware.limits import Limits
from routers.middleware.origins import cross_origin
from routers.operations import closing, imports, privacy
from routers.outward import inbox, webhooks
from routers.outward import inbox_pages as inbox_page
from routers.residence import reports as residence_reports
from routers.solving import problems
from routers.solving import problems_pages as problem_page
from schemas.foundation.common import SECRECY_MARKS, ProblemDetails
from service.foundation.log import configure_logs
from service.foundation.settings import Settings, settings

TITLE = "Grassroots 基层"
VERSION = "0.1.0"
ROUTERS = (
    health.router,
    sign_in.router,
    auth.router,
    devices.router,
    external_identities.router,
    external_identities.links,
    *organisations.routers,
    organisation_links.router,
    closing.router,
    people.router,
    people.own,
    people.corrections,
    privacy.own,
    local_rules.router,
    privacy.router,
    *places.routers,
    picker.router,
    imports.router,
    contact_points.router,
    briefings.router,
    coverage.router,
    *placements.routers,
    *visits.routers,
    visit_drafts.router,
    transcriptions.router,
    *visit_plans.routers,
    *insights.routers,
    promises.router,
    problems.router,
    problems.settings_router,
    problem_page.router,
    sign_in_page.router,
    second_factor_page.router,
    device_page.router,
    inbox_page.router,
    residence_reports.router,
    assessments.router,
    events.router,
    events.catalogue,
    inbox.router,
    webhooks.router,
)


def create_app(resources: Resources) -> FastAPI:
    """Build the API. It serves its documentation itself, without any external URL."""
    SECRECY_MARKS.refuse(resources.settings.secrecy_marks)
    app: FastAPI = FastAPIOffline(
        title=TITLE,
        version=VERSION,
        lifespan=_lifespan,
        responses=errors.RESPONSES,
        generate_unique_id_function=_operation_id,
        redirect_slashes=False,
        dependencies=[Depends(refuse_unknown_parameters)],
    )
    app.state.resources = resources
    # routes are matched in order: the frequent check-in comes first
    for router in sorted(ROUTERS, key=lambda router: router is not visits.router):
        app.include_router(router)
    errors.install(app)
    _add_middleware(app, resources.settings)
    app.openapi = lambda: _with_problem_details(app)  # type: ignore[method-assign]  # the documented way to extend it
    return app


def _add_middleware(app: FastAPI, settings: Settings) -> None:
    """Add the middleware, innermost first."""
    app.add_middleware(FileBodies, limits_bytes={"file": settings.import_file_bytes, "voice": settings.voice_bytes})
    app.add_middleware(UnambiguousJson)
    app.add_middleware(RequestBodyLimitMiddleware, max_body_size=settings.body_limit_bytes)
    app.add_middleware(TooLargeProblem)
    if settings.cors_origins:
        app.add_middleware(CORSMiddleware, **cross_origin(settings.cors_origins))
    app.add_middleware(Limits, hosts=settings.hosts)
    app.state.security_headers = SecurityHeaders(only_https=settings.is_https)
    app.add_middleware(RequestLog, security_headers=app.state.security_headers)


def _operation_id(route: APIRoute) -> str:
    return route.name


def _with_problem_details(app: FastAPI) -> dict[str, Any]:
    """Return the OpenAPI document with `ProblemDetails`, which no endpoint declares as response model."""
    document = FastAPI.openapi(app)
    schemas = document.setdefault("components", {}).setdefault("schemas", {})
    if "ProblemDetails" not in schemas:
        problem = ProblemDetails.model_json_schema(ref_template="#/components/schemas/{model}")
        schemas.update(problem.pop("$defs", {}))
        schemas["ProblemDetails"] = problem
    return document


@asynccontextmanager
async def _lifespan(app: FastAPI) -> AsyncIterator[None]:
    resources: Resources = app.state.resources
    await resources.pool.open()
    gc.collect()
    gc.freeze()  # a full garbage collection over all imports would dominate the p99 of a check-in (PERF §2.4)
    try:
        yield
    finally:
        await resources.pool.close()
        await resources.engine.dispose()


def app() -> FastAPI:
    """Build the application of the server from the environment. Raises: KeysUnusable, ProvidersUnusable."""
    configure_logs()
    return create_app(Resources.of(settings()))


def document() -> dict[str, Any]:
    """Return the OpenAPI document. It needs no database and no keys."""
    bare = FastAPI(title=TITLE, version=VERSION, responses=errors.RESPONSES, generate_unique_id_function=_operation_id)
    for router in ROUTERS:
        bare.include_router(router)
    return _with_problem_details(bare)
