"""Fuzz run with schemathesis: responses match the OpenAPI document; no response is a 5xx."""

import os
import socket
import threading
from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from uuid import UUID
from zlib import crc32

import pytest
import requests
import schemathesis
import uvicorn
from hypothesis import HealthCheck, settings
from schemathesis import Case, GenerationMode
from schemathesis.checks import (
    content_type_conformance,
    not_a_server_error,
    response_headers_conformance,
    response_schema_conformance,
    status_code_conformance,
)
from sqlalchemy.ext.asyncio import AsyncEngine
from sqlmodel.ext.asyncio.session import AsyncSession

from routers.app import create_app, document
from routers.deps import Resources
from schemas.identity.organisations import Role
from service.foundation.ids import new_id
from service.foundation.settings import Settings
from service.identity.auth.tokens import Principal
from tests import build
from tests.build.county import somebody
from tests.conftest import FakeClock

EXAMPLES = int(os.environ.get("GRASSROOTS_FUZZ_EXAMPLES", "5"))
"""Examples per operation, half valid and half invalid. For a thorough fuzz run set 150; it takes seven minutes."""
ROLES = (Role.SYSTEM_ADMINISTRATOR, Role.COMMUNITY_SECRETARY, Role.CADRE)
CHECKS = [
    not_a_server_error,
    status_code_conformance,
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
]

schema = schemathesis.openapi.from_dict(document())
schema.config.generation.update(modes=[GenerationMode.POSITIVE, GenerationMode.NEGATIVE])
schema.config.phases.update(phases=["fuzzing"])


@dataclass
class Surface:
    """A running server, the headers of each kind of caller, and existing ids by field name."""

    url: str
    callers: list[dict[str, str]]
    existing: dict[str, str]
    session: requests.Session

    def put(self, caller: int, path: str, body: dict[str, object]) -> None:
        response = self.session.put(f"{self.url}{path}", json=body, headers=self.callers[caller])
        assert response.status_code == 201, response.text


@pytest.fixture(scope="module")
async def surface(settings: Settings, engine: AsyncEngine, clock: FakeClock) -> AsyncIterator[Surface]:
    # a few callers send thousands of requests here; tests/identity/auth tests the rate limits
    limits = ("requests_per_minute_person", "requests_per_minute_client", "requests_per_minute_address")
    high_limits = dict.fromkeys(limits, 1_000_000)
    resources = Resources.of(settings.model_copy(update=high_limits), clock)
    async with AsyncSession(engine, expire_on_commit=False) as session:
        organ = await build.an_organisation(session)
        people = [await somebody(session, role, organ) for role in ROLES]
        posting = await build.a_posting(session, people[2], organ, Role.CADRE)
        place = await build.a_place(session, organ)
        fence = await build.a_circle(session, place)
        await session.commit()
    principals = [*(Principal(person.id, None) for person in people), Principal(UUID(int=7), organ.id)]
    tokens = [resources.tokens.issue(principal, clock()) for principal in principals]
    callers = [*({"Authorization": f"Bearer {token}"} for token in tokens), {}]
    rows = {"organisation": organ, "parent": organ, "person": people[2], "posting": posting}
    rows |= {"place": place, "fence": fence}
    existing = {f"{name}_id": str(row.id) for name, row in rows.items()}
    with serve(resources) as url, requests.Session() as http:
        surface = Surface(url, callers, existing | {"visit_id": str(new_id()), "endpoint_id": str(new_id())}, http)
        visit = {"place_id": str(place.id), "checked_in_at": clock().isoformat()}
        hook = {"url": "http://127.0.0.1:9/", "event_names": ["visit.checked_out"], "organisation_id": str(organ.id)}
        surface.put(2, f"/v1/visits/{surface.existing['visit_id']}", visit)
        surface.put(1, f"/v1/endpoints/{surface.existing['endpoint_id']}", hook)
        yield surface


@contextmanager
def serve(resources: Resources) -> Iterator[str]:
    """Run a real server in its own thread and yield its URL."""
    with socket.create_server(("127.0.0.1", 0)) as listening:
        config = uvicorn.Config(create_app(resources), log_level="critical", lifespan="on", ws="none")
        server = uvicorn.Server(config)
        thread = threading.Thread(target=server.run, kwargs={"sockets": [listening]})
        thread.start()
        try:
            yield f"http://127.0.0.1:{listening.getsockname()[1]}"
        finally:
            server.should_exit = True
            thread.join()


def use_existing_ids(case: Case, surface: Surface) -> None:
    """Put existing ids into the case, so that it does not end at 404 or 428."""
    for part in (case.path_parameters, case.body):
        if isinstance(part, dict):
            part.update({name: value for name, value in surface.existing.items() if name in part})
    if case.headers is not None and case.method in {"PUT", "DELETE"}:
        case.headers["If-Match"] = '"1"'


@schema.parametrize()
@settings(
    max_examples=EXAMPLES,
    derandomize=True,
    database=None,
    deadline=None,
    suppress_health_check=list(HealthCheck),
)
def test_response_matches_the_openapi_document(case: Case, surface: Surface) -> None:
    choice = crc32(repr((case.path_parameters, case.query, case.body)).encode())
    if choice % 3:
        use_existing_ids(case, surface)
    headers = surface.callers[choice // 3 % len(surface.callers)]

    response = case.call(base_url=surface.url, session=surface.session, headers=headers)

    case.validate_response(response, checks=CHECKS)
    if response.status_code >= 400 and case.path != "/readyz":
        assert response.headers["content-type"][0] == "application/problem+json"
        assert response.json()["status"] == response.status_code
