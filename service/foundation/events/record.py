"""`record()`: the fact, written in the transaction of the change it tells of."""

from collections.abc import Iterable, Sequence
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
from service.foundation.events.digest import digest_sql
from service.foundation.ids import new_id


class Subject(Protocol):
    """A row that an event tells of: of a table with `__digest_columns__` columns and an `id`."""

    id: UUID


@lru_cache(maxsize=256)
def _statement(table: Any) -> sa.TextClause:
    # the table and its columns are names from our own code; every value is bound
    columns = "id, name, subject_id, organisation_ids, person_ids, actor_id, occurred_at, payload, digest"
    values = ":id, :name, subject.id, :organisation_ids, :person_ids, :actor_id, :occurred_at, :payload"
    return sa.text(
        f"INSERT INTO event ({columns}) SELECT {values}, {digest_sql(table, 'subject')}"  # noqa: S608 - as said above
        f" FROM {table.__tablename__} AS subject WHERE subject.id = :subject_id"
    ).bindparams(
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
    actor_id: UUID | None,
    occurred_at: datetime,
    organisations: Iterable[UUID] = (),
    persons: Iterable[UUID] = (),
    payload: Payload | None = None,
) -> UUID:
    """Flush the change and write its event beside it; the caller's transaction commits both or neither.

    `organisations` and `persons` are those that find it in their feed. Raises TypeError for a payload that is
    not the catalogue's, LookupError when the subject's row is not there.
    """
    payload = payload or NoPayload()
    _must_be_the_catalogues(name, payload)
    await session.flush()
    connection = await session.connection()
    event_id = new_id()
    written = await connection.execute(
        _statement(type(subject)),
        {
            "id": event_id,
            "name": name.value,
            "subject_id": subject.id,
            "organisation_ids": sorted(set(organisations)),
            "person_ids": sorted(set(persons)),
            "actor_id": actor_id,
            "occurred_at": occurred_at,
            "payload": payload.model_dump(mode="json"),
        },
    )
    if written.rowcount != 1:
        raise LookupError(f"{name}: no row of {type(subject).__name__} with id {subject.id}")
    return event_id


@dataclass(frozen=True)
class Fact:
    """One event among many of the same name: of whom it tells and who finds it."""

    subject_id: UUID
    organisations: Iterable[UUID] = ()
    persons: Iterable[UUID] = ()
    payload: Payload | None = None


async def record_many(
    session: AsyncSession, table: Any, name: EventName, facts: Sequence[Fact], *, actor_id: UUID | None, at: datetime
) -> None:
    """The events of many rows of one table, written in one statement: what `record` does for one.

    Raises TypeError and LookupError like it.
    """
    if not facts:
        return
    await session.flush()
    connection = await session.connection()
    told = [_as_told(name, fact) for fact in facts]
    bound = {"name": name.value, "actor_id": actor_id, "occurred_at": at, "facts": told}
    written = await connection.execute(_many(table), bound)
    if written.rowcount != len(told):
        raise LookupError(f"{name}: {len(told) - written.rowcount} rows of {table.__name__} are not there")


def _as_told(name: EventName, fact: Fact) -> dict[str, Any]:
    payload = fact.payload or NoPayload()
    _must_be_the_catalogues(name, payload)
    return {
        "id": str(new_id()),
        "subject_id": str(fact.subject_id),
        "organisation_ids": sorted({str(one) for one in fact.organisations}),
        "person_ids": sorted({str(one) for one in fact.persons}),
        "payload": payload.model_dump(mode="json"),
    }


@lru_cache(maxsize=256)
def _many(table: Any) -> sa.TextClause:
    # as in `_statement`
    columns = "id, name, subject_id, organisation_ids, person_ids, actor_id, occurred_at, payload, digest"
    values = "told.id, :name, subject.id, organisation_ids, person_ids, :actor_id, :occurred_at, told.payload"
    told = "(id uuid, subject_id uuid, organisation_ids uuid[], person_ids uuid[], payload jsonb)"
    return sa.text(
        f"INSERT INTO event ({columns}) SELECT {values}, {digest_sql(table, 'subject')}"  # noqa: S608 - as said above
        f" FROM jsonb_to_recordset(:facts) AS told {told}"
        f" JOIN {table.__tablename__} AS subject ON subject.id = told.subject_id"
    ).bindparams(
        sa.bindparam("facts", type_=JSON),
        sa.bindparam("actor_id", type_=sa.Uuid()),
        sa.bindparam("occurred_at", type_=TIMESTAMP),
    )


def _must_be_the_catalogues(name: EventName, payload: Payload) -> None:
    """Raises TypeError."""
    if type(payload) is not CATALOGUE[name].payload:
        raise TypeError(f"{name} carries {CATALOGUE[name].payload.__name__}, not {type(payload).__name__}")
