"""Asks every case of some floors for every actor and relation, and compares the answers with the map and the record.

The answers of each floor are recorded in `tests/identity/access/answers/<floor>.md`, for an auditor to read.
"""

import os
from collections.abc import Iterator
from functools import cache
from pathlib import Path

from service.foundation.settings import Settings
from tests.architecture.test_routes import routes
from tests.conftest import Caller
from tests.identity.access.sweep.calls import IN, SIGN_IN, ask, digest, expected, permissions, told
from tests.identity.access.sweep.cases import CASES, Case
from tests.identity.access.sweep.county import NOBODY, RELATIONS, SYSTEM, Swept, Targets

Signs = dict[str, dict[str, dict[str, str]]]
"""Case → actor → relation → sign."""

ANSWERS = Path(__file__).parent.parent / "answers"
ONLY = os.environ.get("GRASSROOTS_SWEEP_ONLY")
HEAD = """# 谁问什么，得到什么 · Who asks what and is told what: {floor}

由 `tests/identity/access/sweep` 逐一实际请求得出。每格四个符号依次为：本组织、下级、同级、上级。
Every cell was asked over HTTP. Its four signs: the own organisation, a subordinate, a sister, the superior one.

- `✓` 允许 let in
- `·` 看不到（404 或不在列表中） not there (404, or not in the list)
- `✗` 看得到但不允许（403） seen, not permitted
- `?` 未登录（401） not signed in

"""
SWEPT = (
    ("identity",),
    ("ground",),
    ("fieldwork",),
    ("solving", "residence"),
    ("foundation", "judgement", "outward", "operations"),
)
"""The floors that one test file sweeps; a file is what the test processes share out."""


@cache
def cases_of(*floors: str) -> list[Case]:
    """The cases whose endpoints stand on the floors, as far as GRASSROOTS_SWEEP_ONLY allows."""
    modules = {f"{method} {path}": route.endpoint.__module__ for (method, path), route in routes().items()}
    cases = [case for case in CASES if ONLY is None or ONLY in case.route]
    return [case for case in cases if case.route in modules and modules[case.route].split(".")[1] in floors]


async def check_answers(swept: Swept, settings: Settings, *floors: str) -> None:
    """Every actor is let in or refused as the map says, refusals write nothing, the answers are the recorded ones."""
    cases = cases_of(*floors)
    before = digest(settings)

    refused = await ask_all(cases, swept, are_let_in=False)

    after = digest(settings)
    assert [place for place, sign in flat(refused) if sign == IN] == [], "let in, though the map says no"
    # a list read in vain is on record like every other reading, and a wrong password is counted
    changed = {table for table in before if before[table] != after[table]}
    assert changed <= {"access_log", "sign_in_attempt"}, f"a refused request changed {changed}"
    strangers = {sign for (_, actor, _), sign in flat(refused) if actor == NOBODY}
    assert strangers == ({SIGN_IN} if cases else set()), "a request without a token was not answered 401"

    let_in = await ask_all(cases, swept, are_let_in=True)

    assert [place for place, sign in flat(let_in) if sign != IN] == [], "refused, though the map lets in"
    for floor in floors:
        _check_recorded(floor, refused, let_in)


async def check_taken_ids(swept: Swept, settings: Settings, *floors: str) -> None:
    """Creating with an id that exists already in another organisation is refused and changes nothing."""
    creating = [case for case in cases_of(*floors) if case.made in swept.targets["sister"]]
    assert creating or ONLY
    before, statuses = digest(settings), {}

    for case in creating:
        let_in = [one for one in swept.callers if "own" in expected(case, permissions()[case.route], one)]
        actor = next(iter(let_in), SYSTEM)
        answer = await ask(case, swept.callers[actor], swept.targets["own"], taken=swept.targets["sister"][case.made])
        statuses[case.name] = answer.status_code

    after = digest(settings)
    assert {name: status for name, status in statuses.items() if status not in {403, 404, 409}} == {}
    assert [table for table in before if before[table] != after[table]] == []


async def ask_all(cases: list[Case], swept: Swept, *, are_let_in: bool) -> Signs:
    """The answers to the calls that the map lets in, or to those it refuses."""
    answers: Signs = {case.name: {actor: {} for actor in swept.callers} for case in cases}
    for case in cases:
        for actor, caller in swept.callers.items():
            allowed = expected(case, permissions()[case.route], actor)
            relations = [relation for relation in RELATIONS if (relation in allowed) is are_let_in]
            targets = {relation: swept.targets[relation] for relation in relations}
            answers[case.name][actor] = await _signs(case, caller, targets)
    return answers


async def _signs(case: Case, caller: Caller, targets: dict[str, Targets]) -> dict[str, str]:
    """relation → sign; one answer is enough where it speaks of all four."""
    is_one_answer = case.is_once or (case.listed and not case.query)
    signs, answer = {}, None
    for relation, target in targets.items():
        if answer is None or not is_one_answer:
            answer = await ask(case, caller, target)
        signs[relation] = told(case, answer, target)
    return signs


def flat(answers: Signs) -> Iterator[tuple[tuple[str, str, str], str]]:
    """(case, actor, relation) and the sign."""
    for case, actors in answers.items():
        for actor, relations in actors.items():
            for relation, sign in relations.items():
                yield (case, actor, relation), sign


def _check_recorded(floor: str, *passes: Signs) -> None:
    path = ANSWERS / f"{floor}.md"
    recorded = path.read_text() if path.exists() else ""
    written = _document(floor, _parse(recorded) | _sections(floor, *passes))
    if os.environ.get("GRASSROOTS_WRITE_ANSWERS"):
        path.write_text(written)
        return
    assert recorded == written, f"the answers of {floor} changed: test_sweep.py says how to write them anew"


def _sections(floor: str, *passes: Signs) -> dict[str, str]:
    """case → its section in Markdown, actors with the same answers in one line."""
    sections = {}
    for case in cases_of(floor):
        rows: dict[str, list[str]] = {}
        for actor in passes[0][case.name]:
            signs = {relation: sign for one in passes for relation, sign in one[case.name][actor].items()}
            rows.setdefault("".join(signs[relation] for relation in RELATIONS), []).append(actor)
        lines = [f"`{permissions()[case.route].value}` – {case.who.value}\n"]
        lines += [f"- `{signs}` {', '.join(actors)}" for signs, actors in sorted(rows.items(), reverse=True)]
        sections[case.name] = "\n".join(lines)
    return sections


def _parse(text: str) -> dict[str, str]:
    """case → its section, of a file as `_document` writes it."""
    parts = [part.partition("\n\n") for part in text.split("\n## ")[1:]]
    return {name: section.rstrip("\n") for name, _, section in parts}


def _document(floor: str, sections: dict[str, str]) -> str:
    """The file of a floor, in the order of the cases; sections of cases that are gone are left out."""
    names = [case.name for case in CASES if case.name in sections]
    return "\n".join([HEAD.format(floor=floor), *(f"## {name}\n\n{sections[name]}\n" for name in names)])
