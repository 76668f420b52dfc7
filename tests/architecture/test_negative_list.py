"""Results, never app activity (DESIGN §2.1): nothing of the negative list is stored, computed or exported."""

import re
from collections.abc import Iterator
from typing import Any

import pytest

from routers.app import document
from schemas.events import CATALOGUE, EventName
from service.tables import METADATA

PART = re.compile(
    r"(^|[^a-z])("
    r"points|scores?|scoring|rank(s|ed|ing|ings)?|leaderboards?|streaks?|percentiles?|installs?|installed|installations?"
    r"|(online|screen|active)_(time|duration|hours|minutes|seconds|s)|daily_active"
    r"|(log_?in|sign_?in|read|click|view|launch)_?(counts?|number|times|quota)"
    r"|(count|number|total)_of_(log_?ins|sign_?ins|reads|clicks|views|launches)"
    r")($|[^a-z])"
)
"""Whole words of a name, once `camelCase` and `-` have become `_`."""
FINE = re.compile(r"contact_points?")
"""A leader's tie to a place; nobody collects it."""


def is_forbidden(name: str) -> bool:
    """Whether a name speaks of app activity or of comparing persons."""
    words = re.sub(r"(?<=[a-z0-9])(?=[A-Z])|-", "_", name).lower()
    return PART.search(FINE.sub("tie", words)) is not None


def names_in(node: Any) -> Iterator[str]:
    """Every key, enum value, reference and parameter name of the document; prose is not read."""
    if isinstance(node, dict):
        for key, value in node.items():
            yield key
            if key in {"name", "operationId", "title", "const"} and isinstance(value, str):
                yield value.replace(" ", "_")
            if key == "enum":
                yield from map(str, value)
            yield from names_in(value)
    elif isinstance(node, list):
        for one in node:
            yield from names_in(one)


def test_the_document_of_the_api_speaks_of_results_only() -> None:
    names = set(names_in(document()))

    assert {"/v1/visits/{visit_id}", "people_met", "checked_in_at"} <= names
    assert {name for name in names if is_forbidden(name)} == set()


def test_no_table_and_no_column_keeps_app_activity() -> None:
    names = {name for table in METADATA.sorted_tables for name in (table.name, *table.columns.keys())}

    assert {"visit", "people_met"} <= names
    assert {name for name in names if is_forbidden(name)} == set()


def test_no_event_tells_of_app_activity() -> None:
    fields = {field for described in CATALOGUE.values() for field in described.payload.model_fields}

    assert {name for name in {*fields, *(event.value for event in EventName)} if is_forbidden(name)} == set()


CAUGHT = """points score visit_score ranking rankedBy /v1/leaderboard streak_days percentile online_time login_count
signInCount read_count install-quota number_of_logins active_minutes"""
FREE = """contact_points people_met children limit frank endpoint endpoints entry_point Point attempts failures_in_a_row
upgraded scoreboard_free reinstalled_at_home read_at open_problems rating"""


@pytest.mark.parametrize("name", CAUGHT.split())
def test_the_matcher_catches(name: str) -> None:
    assert is_forbidden(name)


@pytest.mark.parametrize("name", FREE.split())
def test_the_matcher_lets_pass(name: str) -> None:
    assert not is_forbidden(name)
