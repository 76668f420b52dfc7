"""`record()`: write an event in the transaction of the change.

This file has the only INSERT of events.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from typing import Any, Protocol
from uuid import UUID

import sqlalchemy as sa
from sqlmodel.ext.asyncio.session import AsyncSession

from schemas.events import CATALOGUE, EventName
from schemas.events.base import NoPayload, Payload
from service.foundation.columns import JSON, TIMESTAMP, UUIDS
from service.foundation.events.actors import ActorKind, EventActor
from service.foundation.events.digest import digest_sql
from service.foundation.ids import new_id

NO_IDS_SQL = "ARRAY[]::uuid[]"


class Subject(Protocol):
    """The row that an event is about. Its table has an `id` and `__digest_columns__`."""

    id: UUID


def event_insert_sql(
    table: Any,
    row: str,
    names: EventName | Collection[EventName],
    *,
    event_id: str,
    occurred_at: str,
    actor_kind: ActorKind | str,
    actor_id: str = "NULL",
    organisation_ids: str = NO_IDS_SQL,
    person_ids: str = NO_IDS_SQL,
    payload: Mapping[str, str] | None = None,
) -> str:
    """Return `INSERT INTO event … SELECT …` for a set-based statement; the caller adds FROM.

    `row` is the alias of the subject's row of `table`. All other values are SQL expressions from our own code, never
    user input. `payload` maps keys to expressions. One event name becomes a literal; several are bound as `:name`.
    Call it at import time. Raises: TypeError when the keys are not the fields of the payload class in the catalogue.
    """
    one_name = isinstance(names, EventName)
    for name in (names,) if isinstance(names, EventName) else names:
        _check_keys(name, payload or {})
    pairs = ", ".join(f"'{key}', {expression}" for key, expression in (payload or {}).items())
    return _insert_sql(
        table,
        row,
        event_id=event_id,
        name=f"'{names}'" if one_name else ":name",
        organisation_ids=organisation_ids,
        person_ids=person_ids,
        actor_kind=f"'{actor_kind}'" if isinstance(actor_kind, ActorKind) else actor_kind,
        actor_id=actor_id,
        occurred_at=occurred_at,
        payload=f"jsonb_build_object({pairs})",
    )


def _insert_sql(
    table: Any,
    row: str,
    *,
    event_id: str,
    name: str,
    organisation_ids: str,
    person_ids: str,
    actor_kind: str,
    actor_id: str,
    occurred_at: str,
    payload: str,
) -> str:
    # all parts are names and expressions from our own code; values are bound parameters
    return f"""
    INSERT INTO event (id, name, subject_id, organisation_ids, person_ids, actor_kind, actor_id, occurred_at, payload,
        digest)
    SELECT {event_id}, {name}, {row}.id, {organisation_ids}, {person_ids}, {actor_kind}, {actor_id}, {occurred_at},
        {payload}, {digest_sql(table, row)}"""


@lru_cache(maxsize=256)
def _record_statement(table: Any) -> sa.TextClause:
    insert = _insert_sql(
        table,
        "subject",
        event_id=":id",
        name=":name",
        organisation_ids=":organisation_ids",
        person_ids=":person_ids",
        actor_kind=":actor_kind",
        actor_id=":actor_id",
        occurred_at=":occurred_at",
        payload=":payload",
    )
    return sa.text(f"{insert} FROM {table.__tablename__} AS subject WHERE subject.id = :subject_id").bindparams(
        sa.bindparam("organisation_ids", type_=UUIDS),
        sa.bindparam("person_ids", type_=UUIDS),
        sa.bindparam("actor_id", type_=sa.Uuid()),
        sa.bindparam("payload", type_=JSON),
        sa.bindparam("occurred_at", type_=TIMESTAMP),
    )


async def record(
    session: AsyncSession,
    name: EventName,
    subject: Subject,
    *,
    actor: EventActor,
    occurred_at: datetime,
    organisations: Iterable[UUID] = (),
    persons: Iterable[UUID] = (),
    payload: Payload | None = None,
) -> UUID:
    """Flush the change and write its event. Return the id of the event.

    The caller's transaction commits both or neither. `organisations` and `persons` get the event in their feed.
    Raises: TypeError for another payload class than in the catalogue, LookupError when the subject has no row.
    """
    payload = payload or NoPayload()
    _check_class(name, payload)
    await session.flush()
    connection = await session.connection()
    event_id = new_id()
    result = await connection.execute(
        _record_statement(type(subject)),
        {
            "id": event_id,
            "name": name.value,
            "subject_id": subject.id,
            "organisation_ids": sorted(set(organisations)),
            "person_ids": sorted(set(persons)),
            "actor_kind": actor.kind.value,
            "actor_id": actor.id,
            "occurred_at": occurred_at,
            "payload": payload.model_dump(mode="json"),
        },
    )
    if result.rowcount != 1:
        raise LookupError(f"{name}: no row of {type(subject).__name__} with id {subject.id}")
    return event_id


@dataclass(frozen=True)
class Fact:
    """One of many events with the same name: subject, readers and payload."""

    subject_id: UUID
    organisations: Iterable[UUID] = ()
    persons: Iterable[UUID] = ()
    payload: Payload | None = None


async def record_many(
    session: AsyncSession, table: Any, name: EventName, facts: Sequence[Fact], *, actor: EventActor, at: datetime
) -> None:
    """Write events about many rows of one table in one statement.

    Raises: TypeError, LookupError, like `record`.
    """
    if not facts:
        return
    await session.flush()
    connection = await session.connection()
    values = {
        "name": name.value,
        "actor_kind": actor.kind.value,
        "actor_id": actor.id,
        "occurred_at": at,
        "facts": [_as_json(name, fact) for fact in facts],
    }
    result = await connection.execute(_record_many_statement(table), values)
    if result.rowcount != len(facts):
        raise LookupError(f"{name}: {len(facts) - result.rowcount} rows of {table.__name__} do not exist")


def _as_json(name: EventName, fact: Fact) -> dict[str, Any]:
    payload = fact.payload or NoPayload()
    _check_class(name, payload)
    return {
        "id": str(new_id()),
        "subject_id": str(fact.subject_id),
        "organisation_ids": sorted({str(organisation_id) for organisation_id in fact.organisations}),
        "person_ids": sorted({str(person_id) for person_id in fact.persons}),
        "payload": payload.model_dump(mode="json"),
    }


@lru_cache(maxsize=256)
def _record_many_statement(table: Any) -> sa.TextClause:
    insert = _insert_sql(
        table,
        "subject",
        event_id="fact.id",
        name=":name",
        organisation_ids="fact.organisation_ids",
        person_ids="fact.person_ids",
        actor_kind=":actor_kind",
        actor_id=":actor_id",
        occurred_at=":occurred_at",
        payload="fact.payload",
    )
    columns = "(id uuid, subject_id uuid, organisation_ids uuid[], person_ids uuid[], payload jsonb)"
    return sa.text(
        f"{insert} FROM jsonb_to_recordset(:facts) AS fact {columns}"
        f" JOIN {table.__tablename__} AS subject ON subject.id = fact.subject_id"
    ).bindparams(
        sa.bindparam("facts", type_=JSON),
        sa.bindparam("actor_id", type_=sa.Uuid()),
        sa.bindparam("occurred_at", type_=TIMESTAMP),
    )


def _check_class(name: EventName, payload: Payload) -> None:
    """Check the payload against the catalogue. Raises: TypeError."""
    if type(payload) is not CATALOGUE[name].payload:
        raise TypeError(f"{name} carries {CATALOGUE[name].payload.__name__}, not {type(payload).__name__}")


def _check_keys(name: EventName, payload: Mapping[str, str]) -> None:
    """Check the payload against the catalogue. Raises: TypeError."""
    expected = CATALOGUE[name].payload
    if payload.keys() != expected.model_fields.keys():
        raise TypeError(
            f"{name} carries {expected.__name__} with {sorted(expected.model_fields)}, not {sorted(payload)}"
        )
