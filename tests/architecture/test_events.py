"""The event catalogue is complete: each event is described, recorded and printed."""

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


def test_every_event_has_a_description_and_a_payload_class() -> None:
    assert len(EventName) > 20
    assert set(CATALOGUE) == set(EventName)
    assert all(issubclass(described.payload, Payload) for described in CATALOGUE.values())
    assert all(described.zh and described.payload.__doc__ for described in CATALOGUE.values())


def test_every_event_belongs_to_a_table_with_digest_columns() -> None:
    assert {name for name in EventName if name.value.partition(".")[0] not in TABLES_WITH_DIGEST} == set()


def test_every_event_name_is_used_in_the_service() -> None:
    used = {
        node.attr
        for source in sources("service")
        if not source.path.endswith(("/manifest.py", "/inbox_rules.py"))
        for node in ast.walk(source.tree)
        if isinstance(node, ast.Attribute) and ast.unparse(node.value) == "EventName"
    }

    assert {name.name for name in EventName} - used == set()


def test_only_one_file_inserts_events() -> None:
    inserting = {
        source.path
        for folder in ("service", "routers", "schemas", "alembic")
        for source in sources(folder)
        if re.search(r"INSERT\s+INTO\s+event\b", source.text, re.IGNORECASE)
    }

    assert inserting == {"service/foundation/events/record.py"}


def test_check_in_statement_inserts_its_event() -> None:
    texts = [value for value in vars(statements).values() if isinstance(value, str)]

    assert any(EventName.VISIT_CHECKED_IN.value in text and "INSERT INTO event" in text for text in texts)


@pytest.mark.parametrize("name", list(EventName))
def test_every_event_has_a_valid_example(name: EventName) -> None:
    described = CATALOGUE[name]

    assert described.payload.model_validate(described.example).model_dump(mode="json") == described.example


TO_COMMUNITIES = {"residence_report", "activity", "post", "problem", "partnership", "inbox_item"}
OF_THE_PLACE_ITSELF = {"place", "fence", "fence_proposal", "place_reading"}
ENDED_VISITS = {EventName.VISIT_CHECKED_OUT, EventName.VISIT_CLOSED}


def test_community_receives_only_the_allowed_events() -> None:
    """DESIGN §5.5. It receives events about its own places and postings as the organisation concerned."""
    received = {name for name, event in CATALOGUE.items() if {Receiver.PLACE, Receiver.COMMUNITY} & {*event.receivers}}
    of_others = {name for name in received if name.value.partition(".")[0] not in OF_THE_PLACE_ITSELF}

    assert of_others >= ENDED_VISITS
    assert {name for name in of_others - ENDED_VISITS if name.value.partition(".")[0] not in TO_COMMUNITIES} == set()


def test_only_rights_changed_requires_a_reload() -> None:
    reloading = {name: event.receivers for name, event in CATALOGUE.items() if event.requires_reload}

    assert reloading == {EventName.PERSON_RIGHTS_CHANGED: (Receiver.PERSON,)}


def test_events_command_prints_the_whole_catalogue(capsys: pytest.CaptureFixture[str]) -> None:
    events()

    printed = capsys.readouterr().out
    assert [name for name in EventName if f"\n{name.value}  " not in printed] == []
    assert [receiver for receiver in Receiver if f"→ {receiver.zh} · {receiver.en}" not in printed] == []


def test_webhooks_may_subscribe_to_some_events() -> None:
    assert EventName.VISIT_CHECKED_OUT in OUTWARD


def test_payloads_contain_no_personal_data() -> None:
    personal = {"name", "text", "heard", "done", "login", "phone", "contact", "position", "address", "url"}
    fields = {field for described in CATALOGUE.values() for field in described.payload.model_fields}

    assert len(fields) > 5
    assert fields & personal == set()
    assert not [field for field in fields if field.endswith("_deg")]


def test_consequences_command_prints_all_events_and_handlers(capsys: pytest.CaptureFixture[str]) -> None:
    consequences()

    printed = capsys.readouterr().out
    assert [name for name in EventName if f"{name.value} " not in printed] == []
    handlers = [handler for handlers in DOMAINS.handlers.values() for handler in handlers]
    descriptions = [
        handler.does
        for handler in (*handlers, *DOMAINS.batch_handlers, *DOMAINS.timers.values(), *DOMAINS.periodic_jobs.values())
    ]
    assert len(handlers) > 5
    assert [text for text in descriptions if text not in printed] == []
