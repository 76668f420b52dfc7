"""Call the cases of some floors for each actor and relation; compare with the permissions and the recorded answers.

The answers of each floor are recorded in `tests/identity/access/answers/<floor>.md`, for an auditor to read.
"""

import os
from collections.abc import Iterator
from functools import cache
from pathlib import Path

from service.foundation.settings import Settings
from tests.architecture.test_routes import routes
from tests.conftest import Caller
from tests.identity.access.sweep.calls import (
    LET_IN,
    NOT_SIGNED_IN,
    call,
    expected_signs,
    permissions,
    sign_of,
    table_digests,
)
from tests.identity.access.sweep.case import Case
from tests.identity.access.sweep.cases import CASES
from tests.identity.access.sweep.county import NOBODY, RELATIONS, SYSTEM, SweptCounty, Targets

Signs = dict[str, dict[str, dict[str, str]]]
"""Case → actor → relation → sign."""

ANSWERS = Path(__file__).parent.parent / "answers"
ONLY = os.environ.get("GRASSROOTS_SWEEP_ONLY")
HEAD = """# 谁问什么，得到什么 · Who asks what and gets which answer: {floor}

由 `tests/identity/access/sweep` 逐一实际请求得出。每格四个符号依次为：本组织、下级、同级、上级。
Each answer comes from a real HTTP request. The four signs: own, subordinate, sister and superior organisation.

- `✓` 允许 let in
- `·` 看不到（404 或不在列表中） not found (404, or not in the list)
- `✗` 看得到但不允许（403） visible, not permitted (403)
- `?` 未登录（401） not signed in (401)

"""
SWEPT = (
    ("identity",),
    ("ground",),
    ("fieldwork",),
    ("solving", "residence"),
    ("foundation", "judgement", "outward", "operations"),
)
"""The floors of each test file of the sweep; the test processes share the files."""


@cache
def cases_of(*floors: str) -> list[Case]:
    """The cases whose endpoints belong to the floors, restricted by GRASSROOTS_SWEEP_ONLY."""
    modules = {f"{method} {path}": route.endpoint.__module__ for (method, path), route in routes().items()}
    cases = [case for case in CASES if ONLY is None or ONLY in case.route]
    return [case for case in cases if case.route in modules and modules[case.route].split(".")[1] in floors]


async def check_answers(county: SweptCounty, settings: Settings, *floors: str) -> None:
    """Check that the permissions decide each answer, refusals write nothing, and answers equal the recorded ones."""
    cases = cases_of(*floors)
    before = table_digests(settings)

    refused = await call_all(cases, county, are_let_in=False)

    after = table_digests(settings)
    assert [key for key, sign in flat(refused) if sign == LET_IN] == [], "let in, although the permissions refuse it"
    # an empty list is logged like every reading, and a wrong password is counted
    changed = {table for table in before if before[table] != after[table]}
    assert changed <= {"access_log", "sign_in_attempt"}, f"a refused request changed {changed}"
    anonymous_signs = {sign for (_, actor, _), sign in flat(refused) if actor == NOBODY}
    assert anonymous_signs == ({NOT_SIGNED_IN} if cases else set()), "a request without a token was not answered 401"

    let_in = await call_all(cases, county, are_let_in=True)

    assert [key for key, sign in flat(let_in) if sign != LET_IN] == [], "refused, although the permissions allow it"
    for floor in floors:
        _check_recorded(floor, refused, let_in)


async def check_used_ids(county: SweptCounty, settings: Settings, *floors: str) -> None:
    """Check that creating with an id used in another organisation is refused and changes nothing."""
    creations = [case for case in cases_of(*floors) if case.new_id in county.targets["sister"]]
    assert creations or ONLY
    before, statuses = table_digests(settings), {}

    for case in creations:
        actors = [name for name in county.callers if "own" in expected_signs(case, permissions()[case.route], name)]
        actor = next(iter(actors), SYSTEM)
        answer = await call(
            case, county.callers[actor], county.targets["own"], used_id=county.targets["sister"][case.new_id]
        )
        statuses[case.name] = answer.status_code

    after = table_digests(settings)
    assert {name: status for name, status in statuses.items() if status not in {403, 404, 409}} == {}
    assert [table for table in before if before[table] != after[table]] == []


async def call_all(cases: list[Case], county: SweptCounty, *, are_let_in: bool) -> Signs:
    """Send the calls that the permissions allow, or those they refuse; the signs of their answers."""
    answers: Signs = {case.name: {actor: {} for actor in county.callers} for case in cases}
    for case in cases:
        for actor, caller in county.callers.items():
            allowed = expected_signs(case, permissions()[case.route], actor)
            relations = [relation for relation in RELATIONS if (relation in allowed) is are_let_in]
            targets = {relation: county.targets[relation] for relation in relations}
            answers[case.name][actor] = await _signs(case, caller, targets)
    return answers


async def _signs(case: Case, caller: Caller, targets: dict[str, Targets]) -> dict[str, str]:
    """Relation → sign. One call is sent where its answer covers all four relations."""
    is_one_answer = case.is_once or (case.listed and not case.query)
    signs, answer = {}, None
    for relation, target in targets.items():
        if answer is None or not is_one_answer:
            answer = await call(case, caller, target)
        signs[relation] = sign_of(case, answer, target)
    return signs


def flat(answers: Signs) -> Iterator[tuple[tuple[str, str, str], str]]:
    """Pairs of (case, actor, relation) and sign."""
    for case, actors in answers.items():
        for actor, relations in actors.items():
            for relation, sign in relations.items():
                yield (case, actor, relation), sign


def _check_recorded(floor: str, *passes: Signs) -> None:
    path = ANSWERS / f"{floor}.md"
    recorded = path.read_text() if path.exists() else ""
    expected_text = _document(floor, _parse(recorded) | _sections(floor, *passes))
    if os.environ.get("GRASSROOTS_WRITE_ANSWERS"):
        path.write_text(expected_text)
        return
    assert recorded == expected_text, f"the answers of {floor} changed: test_sweep.py says how to write them again"


def _sections(floor: str, *passes: Signs) -> dict[str, str]:
    """Case → its section in Markdown, with one line for actors with equal answers."""
    sections = {}
    for case in cases_of(floor):
        rows: dict[str, list[str]] = {}
        for actor in passes[0][case.name]:
            signs = {relation: sign for answers in passes for relation, sign in answers[case.name][actor].items()}
            rows.setdefault("".join(signs[relation] for relation in RELATIONS), []).append(actor)
        lines = [f"`{permissions()[case.route].value}` – {case.who.value}\n"]
        lines += [f"- `{signs}` {', '.join(actors)}" for signs, actors in sorted(rows.items(), reverse=True)]
        sections[case.name] = "\n".join(lines)
    return sections


def _parse(text: str) -> dict[str, str]:
    """Case → its section, parsed from a text that `_document` made."""
    parts = [part.partition("\n\n") for part in text.split("\n## ")[1:]]
    return {name: section.rstrip("\n") for name, _, section in parts}


def _document(floor: str, sections: dict[str, str]) -> str:
    """The text of a floor in the order of the cases, without sections of removed cases."""
    names = [case.name for case in CASES if case.name in sections]
    return "\n".join([HEAD.format(floor=floor), *(f"## {name}\n\n{sections[name]}\n" for name in names)])
