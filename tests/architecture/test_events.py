"""The catalogue of events is whole: what is named is described, told of a table, recorded somewhere and printed."""

import ast

import pytest

from routers.cli.consequences import consequences
from schemas.events import CATALOGUE, OUTWARD, EventName
from schemas.events.base import Payload
from service.tables import LASTING
from service.visits import statements
from service.worker.registry import CONSEQUENCES
from tests.architecture.source import sources

LASTING_TABLES = {table.__tablename__ for table in LASTING}


def test_every_event_is_described_and_carries_a_payload_class() -> None:
    assert len(EventName) > 20
    assert set(CATALOGUE) == set(EventName)
    assert all(issubclass(described.payload, Payload) for described in CATALOGUE.values())
    assert all(described.zh and described.receivers for described in CATALOGUE.values())


def test_every_event_is_told_of_a_table_with_lasting_columns() -> None:
    assert {name for name in EventName if name.value.partition(".")[0] not in LASTING_TABLES} == set()


def test_every_event_is_recorded_somewhere() -> None:
    used = {
        node.attr
        for source in sources("service")
        if not source.path.startswith("service/worker/registry/")
        for node in ast.walk(source.tree)
        if isinstance(node, ast.Attribute) and ast.unparse(node.value) == "EventName"
    }

    assert {name.name for name in EventName} - used == set()


def test_the_hot_statement_records_the_check_in() -> None:
    texts = [value for value in vars(statements).values() if isinstance(value, str)]

    assert any(EventName.VISIT_CHECKED_IN.value in text and "INSERT INTO event" in text for text in texts)


@pytest.mark.parametrize("name", sorted(OUTWARD))
def test_what_goes_out_has_an_example_that_fits(name: EventName) -> None:
    described = CATALOGUE[name]

    assert described.example is not None
    assert described.payload.model_validate(described.example).model_dump(mode="json") == described.example


def test_some_event_goes_out() -> None:
    assert EventName.VISIT_CHECKED_OUT in OUTWARD


def test_payloads_hold_no_name_text_contact_or_position() -> None:
    personal = {"name", "text", "heard", "done", "login", "phone", "contact", "position", "address", "url"}
    fields = {field for described in CATALOGUE.values() for field in described.payload.model_fields}

    assert len(fields) > 5
    assert fields & personal == set()
    assert not [field for field in fields if field.endswith("_deg")]


def test_consequences_prints_each_event_and_what_follows_it(capsys: pytest.CaptureFixture[str]) -> None:
    consequences()

    printed = capsys.readouterr().out
    assert [name for name in EventName if f"{name.value} " not in printed] == []
    assert CONSEQUENCES
    assert [one.says for all_of in CONSEQUENCES.values() for one in all_of if one.says not in printed] == []
