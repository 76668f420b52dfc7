"""Send the call of a case, classify the answer, and compute what the permissions expect."""

import json
import re
from collections.abc import Mapping
from functools import cache
from typing import Any

import psycopg
from httpx import Response

from routers.guard import Guard
from schemas.identity.organisations import Role
from service.foundation.ids import new_id
from service.foundation.settings import Settings
from service.identity.access.permissions import EVERY_CLIENT, EVERYBODY, ROLES, Permission, Reach
from service.tables import METADATA
from tests.architecture.test_routes import guards, routes
from tests.conftest import Caller
from tests.identity.access.sweep.case import Case, Who
from tests.identity.access.sweep.county import NO_POSTING, NOBODY, RELATIONS, SYSTEM, Targets

LET_IN, NOT_FOUND, FORBIDDEN, NOT_SIGNED_IN = "✓", "·", "✗", "?"
SIGNS = {401: NOT_SIGNED_IN, 403: FORBIDDEN, 404: NOT_FOUND}
RELATIONS_IN_REACH = {
    Reach.ORGANISATION: {"own"},
    Reach.SUBTREE: {"own", "subordinate"},
    Reach.JURISDICTION: set(RELATIONS),
}


@cache
def permissions() -> dict[str, Permission]:
    """ "METHOD path" → the permission that the route declares."""
    guards_by_route: dict[str, Guard] = {
        f"{method} {path}": guard for (method, path), route in routes().items() for guard in guards(route.dependant)
    }
    return {route: guard.permission for route, guard in guards_by_route.items()}


def expected_signs(case: Case, permission: Permission, actor: str) -> set[str]:
    """The relations for which the permissions let the actor in."""
    if actor == NOBODY or case.who is Who.NOBODY:
        return set()
    if case.who is Who.PERSON:
        return set() if actor == SYSTEM else set(RELATIONS)
    reach = _reach(case.needs if case.needs and actor != SYSTEM else permission, actor)
    if case.who is Who.HOLDER:
        return set(RELATIONS) if reach else set()
    if case.who is Who.POSTED:
        return {"own"} if actor in set(Role) and permission in ROLES[Role(actor)] else set()
    if case.only is not None and actor not in case.only:
        return set()
    return RELATIONS_IN_REACH.get(reach, set()) if reach else set()


def _reach(permission: Permission, actor: str) -> Reach | None:
    if actor == SYSTEM:
        return EVERY_CLIENT.get(permission)
    return EVERYBODY.get(permission) if actor == NO_POSTING else _reach_of_role(Role(actor), permission)


def _reach_of_role(role: Role, permission: Permission) -> Reach | None:
    """The reach of a person with this role only, including the permissions of everybody."""
    reaches = [grants[permission] for grants in (EVERYBODY, ROLES[role]) if permission in grants]
    return max(reaches, default=None)


def fill(template: Any, target: Mapping[str, str]) -> Any:
    """The template with each {word} replaced by the value of the target, and {new} by a new id."""
    text = re.sub(r"\{(\w+)\}", lambda match: _word(match[1], target), json.dumps(template))
    return json.loads(text)


def _word(word: str, target: Mapping[str, str]) -> str:
    if word == "new":
        return str(new_id())
    assert word in target, f"add the word {word} to the targets in tests/identity/access/sweep/county.py"
    return target[word]


async def call(case: Case, caller: Caller, target: Targets, *, used_id: str | None = None) -> Response:
    """Send the call for one target. `used_id`: an existing id to send instead of a new one."""
    method, path = case.route.split(" ", 1)
    words = {**target, **{name: target[word] for name, word in case.path.items()}}
    if case.new_id:
        words[case.new_id] = used_id or str(new_id())
    address = re.sub(r"\{(\w+)\}", lambda match: _word(match[1], words), path)
    return await caller.request(
        method,
        address,
        params={**({"limit": "200"} if case.listed else {}), **fill(dict(case.query), target)},
        json=None if case.body is None else fill(case.body, target),
        headers={"If-Match": '"999"'},
    )


def sign_of(case: Case, answer: Response, target: Targets) -> str:
    """The sign of an answer: let in, not found, forbidden, not signed in."""
    assert answer.status_code < 500, f"{case.name}: {answer.status_code} {answer.text}"
    if case.listed and answer.status_code == 200:
        listed = {item[case.key] for item in answer.json()["items"]}
        return LET_IN if target[case.listed] in listed else NOT_FOUND
    return SIGNS.get(answer.status_code, LET_IN)


def table_digests(settings: Settings) -> dict[str, str]:
    """table → a digest of all its rows."""
    with psycopg.connect(settings.owner_database_url) as connection:
        return {
            name: connection.execute(
                f"SELECT coalesce(md5(string_agg(md5(t::text), '' ORDER BY md5(t::text))), '') FROM {name} AS t"
            ).fetchone()[0]  # type: ignore[index]  # an aggregate always has its row
            for name in METADATA.tables
        }
