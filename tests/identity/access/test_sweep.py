"""Every route × every role × four organisations, over HTTP: let in as the map says, and refused without a trace.

The answers stand in `answers.md`, for an auditor to read. After a change that is meant, write them anew with
`GRASSROOTS_WRITE_ANSWERS=1 ./dev test tests/identity/access/test_sweep.py`; with `GRASSROOTS_SWEEP_ONLY=/v1/visits`
only the routes that contain it are asked and written.
"""

import os
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy.ext.asyncio import AsyncEngine
from sqlmodel.ext.asyncio.session import AsyncSession

from routers.app import document
from routers.identity.access_cli import COMMITTED, rendered
from service.foundation.crypto import Keys
from service.foundation.settings import Settings, SpeechServer
from tests.architecture.test_routes import PUBLIC, routes
from tests.conftest import Caller, FakeClock
from tests.identity.access.sweep.calls import (
    FORBIDDEN,
    IN,
    NOT_THERE,
    SIGN_IN,
    ask,
    digest,
    expected,
    permissions,
    told,
)
from tests.identity.access.sweep.cases import CASES, Case
from tests.identity.access.sweep.county import NO_POSTING, NOBODY, RELATIONS, SYSTEM, Swept, Targets, made
from tests.operations.worker.conftest import drain
from tests.operations.worker.steps import jobs_app, relay_once

ONLY = os.environ.get("GRASSROOTS_SWEEP_ONLY")
ASKED = [case for case in CASES if ONLY is None or ONLY in case.route]
ANSWERS = Path(__file__).parent / "answers.md"
HEAD = """# 谁问什么，得到什么 · Who asks what and is told what

由 `tests/identity/access/test_sweep.py` 逐一实际请求得出。每格四个符号依次为：本组织、下级、同级、上级。
Every cell was asked over HTTP. Its four signs: the own organisation, a subordinate, a sister, the superior one.

- `✓` 允许 let in
- `·` 看不到（404 或不在列表中） not there (404, or not in the list)
- `✗` 看得到但不允许（403） seen, not permitted
- `?` 未登录（401） not signed in

"""


@pytest.fixture(scope="module")
def settings(settings: Settings) -> Settings:
    """With what is off by default switched on: a route that is off answers everybody that it is not there."""
    server = SpeechServer(kind="speech_server", url="http://127.0.0.1:9/", model="sensevoice")
    return settings.model_copy(update={"transcription": server})


@pytest.fixture(scope="module")
async def swept(
    engine: AsyncEngine, api: Caller, keys: Keys, settings: Settings, clock: FakeClock
) -> AsyncIterator[Swept]:
    async with AsyncSession(engine, expire_on_commit=False) as session, jobs_app(settings).open_async() as jobs:
        county = await made(session, api, keys)
        await drain(lambda: relay_once(engine, jobs, settings, clock), session)
        await session.close()
        yield county


async def swept_once(swept: Swept, *, are_let_in: bool) -> dict[str, dict[str, dict[str, str]]]:
    """case → actor → relation → what was told, of the calls that the map lets in, or of those it refuses."""
    declared, found = permissions(), {case.name: {actor: {} for actor in swept.callers} for case in ASKED}
    for case in ASKED:
        for actor, caller in swept.callers.items():
            let_in = expected(case, declared[case.route], actor)
            wanted = [relation for relation in RELATIONS if (relation in let_in) is are_let_in]
            found[case.name][actor] = await signs(case, caller, {one: swept.targets[one] for one in wanted})
    return found


async def signs(case: Case, caller: Caller, targets: dict[str, Targets]) -> dict[str, str]:
    """relation → what was told; one answer is enough where it speaks of all four."""
    is_one_answer = case.is_once or (case.listed and not case.query)
    found, answer = {}, None
    for relation, target in targets.items():
        if answer is None or not is_one_answer:
            answer = await ask(case, caller, target)
        found[relation] = told(case, answer, target)
    return found


async def test_the_sweep_answers_as_the_map_says_and_refusals_leave_no_trace(swept: Swept, settings: Settings) -> None:
    before = digest(settings)

    refused = await swept_once(swept, are_let_in=False)

    after = digest(settings)
    wrong = [(*key, sign) for *key, sign in flat(refused) if sign == IN]
    assert wrong == [], "let in, though the map says no"
    # a list read in vain is on record like every other reading, and a wrong password is counted
    assert {table for table in before if before[table] != after[table]} <= {"access_log", "sign_in_attempt"}
    strangers = {sign for case, actor, relation, sign in flat(refused) if actor == NOBODY}
    assert strangers == ({SIGN_IN} if ASKED else set())

    let_in = await swept_once(swept, are_let_in=True)

    wrong = [(*key, sign) for *key, sign in flat(let_in) if sign != IN]
    assert wrong == [], "refused, though the map lets in"
    written = whole(sections_of(ANSWERS.read_text()) | answers_of(refused, let_in))
    if os.environ.get("GRASSROOTS_WRITE_ANSWERS"):
        ANSWERS.write_text(written)
    assert ANSWERS.read_text() == written, "the answers changed: see the head of this file for writing them anew"


def flat(found: dict[str, dict[str, dict[str, str]]]) -> Iterator[tuple[str, str, str, str]]:
    for case, actors in found.items():
        for actor, relations in actors.items():
            for relation, sign in relations.items():
                yield case, actor, relation, sign


def answers_of(*passes: dict[str, dict[str, dict[str, str]]]) -> dict[str, str]:
    """case → its section in Markdown, actors with the same answers in one line."""
    sections = {}
    for case in ASKED:
        rows: dict[str, list[str]] = {}
        for actor in passes[0][case.name]:
            signs = {relation: sign for one in passes for relation, sign in one[case.name][actor].items()}
            rows.setdefault("".join(signs[relation] for relation in RELATIONS), []).append(actor)
        lines = [f"`{permissions()[case.route].value}` – {case.who.value}\n"]
        lines += [f"- `{signs}` {', '.join(actors)}" for signs, actors in sorted(rows.items(), reverse=True)]
        sections[case.name] = "\n".join(lines)
    return sections


def sections_of(text: str) -> dict[str, str]:
    """case → its section, of a file as `whole` writes it."""
    parts = [part.partition("\n\n") for part in text.split("\n## ")[1:]]
    return {name: section.rstrip("\n") for name, _, section in parts}


def whole(sections: dict[str, str]) -> str:
    """The file, in the order of the cases."""
    known = [f"## {case.name}\n\n{sections[case.name]}\n" for case in CASES if case.name in sections]
    return "\n".join([HEAD, *known])


async def test_an_id_that_another_has_already_is_claimed_by_nobody(swept: Swept, settings: Settings) -> None:
    declared = permissions()
    creating = [case for case in CASES if case.made in swept.targets["sister"]]
    before, statuses = digest(settings), {}

    for case in creating:
        let_in = [one for one in swept.callers if "own" in expected(case, declared[case.route], one)]
        actor = next(iter(let_in), SYSTEM)
        answer = await ask(case, swept.callers[actor], swept.targets["own"], taken=swept.targets["sister"][case.made])
        statuses[case.name] = answer.status_code

    after = digest(settings)
    assert len(creating) > 8
    assert {name: status for name, status in statuses.items() if status not in {403, 404, 409}} == {}
    assert [table for table in before if before[table] != after[table]] == []


def test_every_route_has_its_case_in_the_sweep() -> None:
    known = {case.route for case in CASES}
    body = {f"{method} {path}" for method, path in routes().keys() - PUBLIC}

    missing, gone = sorted(body - known), sorted(known - body)
    assert missing == [], "add a Case for each of these routes to tests/identity/access/sweep/cases.py"
    assert gone == [], "these cases name routes that are no more"
    assert len({case.name for case in CASES}) == len(CASES), "give one of the cases with the same name a note"


def test_every_position_of_an_id_is_asked_with_another_ones() -> None:
    body: dict[str, set[str]] = {}
    for case in CASES:
        body.setdefault(case.route, set()).update(case.query, case.body or {})

    positions = {route: names for route, names in ids_asked() if f"{route}" in body}
    missing = {route: names - body[route] for route, names in positions.items() if names - body[route]}
    assert missing == {}, "add a Case that puts another's id into each of these positions"
    assert sum(len(names) for names in positions.values()) > 20


def ids_asked() -> Iterator[tuple[str, set[str]]]:
    """Every route with the names of the ids in its query and body; ids in paths are always asked."""
    shown = document()
    for path, ways in shown["paths"].items():
        for method, operation in ways.items():
            query = {one["name"]: one["schema"] for one in operation.get("parameters", []) if one["in"] == "query"}
            body = operation.get("requestBody", {}).get("content", {}).get("application/json", {}).get("schema", {})
            fields = {**query, **_properties(shown, body)}
            yield f"{method.upper()} {path}", {name for name, schema in fields.items() if '"uuid"' in _text(schema)}


def _properties(shown: dict[str, Any], schema: dict[str, Any]) -> dict[str, Any]:
    for one in (schema, *schema.get("anyOf", [])):
        if "$ref" in one:
            found: dict[str, Any] = shown["components"]["schemas"][one["$ref"].rsplit("/", 1)[1]].get("properties", {})
            return found
    return {}


def _text(schema: dict[str, Any]) -> str:
    return str(schema).replace("'", '"')


def test_the_table_of_permissions_is_that_of_the_map() -> None:
    assert COMMITTED.read_text() == rendered(), "the map has changed: run `grassroots permissions --write`"
    for sign in (IN, NOT_THERE, FORBIDDEN, SIGN_IN):
        assert sign in HEAD
    assert all(actor in ANSWERS.read_text() for actor in (NO_POSTING, SYSTEM, NOBODY))
