"""The catalogue of events is whole: what is named is described, told of a table, recorded somewhere and printed."""

import ast
import re

import pytest

from routers.foundation.events_cli import events
from routers.operations.worker_cli import consequences
from schemas.events import CATALOGUE, OUTWARD, EventName
from schemas.events.base import Payload, Receiver
from service.domains import DOMAINS
from service.fieldwork.visits import statements
from service.tables import DIGEST_TABLES
from tests.architecture.source import sources

TABLES_WITH_DIGEST = {table.__tablename__ for table in DIGEST_TABLES}


def test_every_event_is_described_and_carries_a_payload_class() -> None:
    assert len(EventName) > 20
    assert set(CATALOGUE) == set(EventName)
    assert all(issubclass(described.payload, Payload) for described in CATALOGUE.values())
    assert all(described.zh and described.payload.__doc__ for described in CATALOGUE.values())


def test_every_event_is_told_of_a_table_with_lasting_columns() -> None:
    assert {name for name in EventName if name.value.partition(".")[0] not in TABLES_WITH_DIGEST} == set()


def test_every_event_is_recorded_somewhere() -> None:
    used = {
        node.attr
        for source in sources("service")
        if not source.path.endswith(("/manifest.py", "/inbox_rules.py"))
        for node in ast.walk(source.tree)
        if isinstance(node, ast.Attribute) and ast.unparse(node.value) == "EventName"
    }

    assert {name.name for name in EventName} - used == set()


def test_events_are_inserted_by_one_file_only() -> None:
    inserting = {
        source.path
        for folder in ("service", "routers", "schemas", "alembic")
        for source in sources(folder)
        if re.search(r"INSERT\s+INTO\s+event\b", source.text, re.IGNORECASE)
    }

    assert inserting == {"service/foundation/events/record.py"}


def test_the_hot_statement_records_the_check_in() -> None:
    texts = [value for value in vars(statements).values() if isinstance(value, str)]

    assert any(EventName.VISIT_CHECKED_IN.value in text and "INSERT INTO event" in text for text in texts)


@pytest.mark.parametrize("name", list(EventName))
def test_every_event_has_an_example_that_fits(name: EventName) -> None:
    described = CATALOGUE[name]

    assert described.payload.model_validate(described.example).model_dump(mode="json") == described.example


TO_COMMUNITIES = {"residence_report", "activity", "post", "problem", "partnership", "inbox_item"}
OF_THE_PLACE_ITSELF = {"place", "fence", "fence_proposal", "place_reading"}
ENDED_VISITS = {EventName.VISIT_CHECKED_OUT, EventName.VISIT_CLOSED}


def test_a_community_hears_of_reports_problems_ended_visits_and_what_it_must_do_itself() -> None:
    """DESIGN §5.5; of its own fences and postings it hears as the organisation that they are about."""
    heard = {name for name, one in CATALOGUE.items() if {Receiver.PLACE, Receiver.COMMUNITY} & {*one.receivers}}
    of_others = {name for name in heard if name.value.partition(".")[0] not in OF_THE_PLACE_ITSELF}

    assert of_others >= ENDED_VISITS
    assert {name for name in of_others - ENDED_VISITS if name.value.partition(".")[0] not in TO_COMMUNITIES} == set()


def test_the_one_event_on_which_a_phone_reads_anew_is_the_persons_own() -> None:
    anew = {name: one.receivers for name, one in CATALOGUE.items() if one.requires_reload}

    assert anew == {EventName.PERSON_RIGHTS_CHANGED: (Receiver.PERSON,)}


def test_the_catalogue_is_printed_whole(capsys: pytest.CaptureFixture[str]) -> None:
    events()

    printed = capsys.readouterr().out
    assert [name for name in EventName if f"\n{name.value}  " not in printed] == []
    assert [one for one in Receiver if f"→ {one.zh} · {one.en}" not in printed] == []


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
    handlers = [handler for handlers in DOMAINS.handlers.values() for handler in handlers]
    said = [
        one.does
        for one in (*handlers, *DOMAINS.batch_handlers, *DOMAINS.timers.values(), *DOMAINS.periodic_jobs.values())
    ]
    assert len(handlers) > 5
    assert [does for does in said if does not in printed] == []
