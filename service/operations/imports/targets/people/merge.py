"""Write people and postings, some rows per chunk, with the same events as manual changes."""

from collections.abc import Iterable
from typing import Any
from uuid import UUID

import sqlalchemy as sa

from schemas.events import EventName
from schemas.events.organisations import PostingStartedOrEnded
from service.foundation.events.record import Fact, record_many
from service.identity.access.access_log import log_access_many
from service.identity.people.tables import Person
from service.identity.tree.tables import Posting
from service.operations.imports.events import event_actor
from service.operations.imports.tables import ImportRow
from service.operations.imports.targets.target import MergeChunk

ADD = sa.text(
    "INSERT INTO person (id, name, organisation_id, staff_number, created_at, request_fingerprint, version)"
    " SELECT id, name, organisation_id, staff_number, :at, '', 1 FROM jsonb_to_recordset(:rows)"
    " AS item (id uuid, name text, organisation_id uuid, staff_number text) RETURNING id"
)
RENAME = sa.text(
    "UPDATE person AS existing SET name = item.name, version = existing.version + 1"
    " FROM jsonb_to_recordset(:rows) AS item (id uuid, name text, before text)"
    " WHERE existing.id = item.id AND existing.name = item.before RETURNING existing.id"
)
BEGIN = sa.text(
    "INSERT INTO posting (id, person_id, organisation_id, role, valid_from, valid_until, request_fingerprint, version)"
    " SELECT id, person_id, organisation_id, role, begin, until, '', 1 FROM jsonb_to_recordset(:rows)"
    " AS item (id uuid, person_id uuid, organisation_id uuid, role text, begin timestamptz, until timestamptz)"
    " RETURNING id"
)
END = sa.text(
    "UPDATE posting AS existing SET valid_until = item.until, version = existing.version + 1"
    " FROM jsonb_to_recordset(:rows) AS item (id uuid, version int, until timestamptz)"
    " WHERE existing.id = item.id AND existing.version = item.version RETURNING existing.id"
)


async def merge(chunk: MergeChunk) -> set[UUID]:
    """Write the rows of a chunk; return the subject ids of rows that were written completely."""
    added = await chunk.execute(ADD, _actions(chunk.rows, "person", "add"), at=chunk.at)
    renamed = await chunk.execute(RENAME, _actions(chunk.rows, "person", "rename"))
    started = await chunk.execute(BEGIN, _actions(chunk.rows, "posting", "begin"))
    ended = await chunk.execute(END, _actions(chunk.rows, "posting", "end"))
    await _record_person_events(chunk, EventName.PERSON_CREATED, added)
    await _record_person_events(chunk, EventName.PERSON_CHANGED, renamed)
    await _record_posting_events(chunk, EventName.POSTING_STARTED, started)
    await _record_posting_events(chunk, EventName.POSTING_ENDED, ended)
    written_ids = {str(row_id) for row_id in added | renamed | started | ended}
    return {row.subject_id for row in chunk.rows if row.subject_id and _is_written(row, written_ids)}


def _actions(rows: Iterable[ImportRow], part: str, action: str) -> list[dict[str, Any]]:
    """The plans of rows with this action on their person or posting."""
    return [
        {**row.plan, **row.plan[part]}
        for row in rows
        if row.plan and row.plan.get(part, {"does": None})["does"] == action
    ]


def _is_written(row: ImportRow, written_ids: set[str]) -> bool:
    plan = row.plan or {}
    return all(plan[part]["id"] in written_ids for part in ("person", "posting") if part in plan)


async def _record_person_events(chunk: MergeChunk, name: EventName, ids: set[UUID]) -> None:
    facts = [Fact(person_id, persons=[person_id]) for person_id in sorted(ids)]
    await record_many(chunk.session, Person, name, facts, actor=event_actor(chunk.import_.confirmed_by), at=chunk.at)
    await log_access_many(chunk.session, name.value, sorted(ids), actor_id=chunk.import_.confirmed_by)


async def _record_posting_events(chunk: MergeChunk, name: EventName, ids: set[UUID]) -> None:
    facts = [_build_fact(row.plan, row.subject_id) for row in chunk.rows if row.plan and row.subject_id in ids]
    await record_many(chunk.session, Posting, name, facts, actor=event_actor(chunk.import_.confirmed_by), at=chunk.at)
    persons = [person for fact in facts for person in fact.persons]
    await log_access_many(chunk.session, name.value, persons, actor_id=chunk.import_.confirmed_by)


def _build_fact(plan: dict[str, Any], posting_id: UUID) -> Fact:
    person_id, organisation_id = UUID(plan["person_id"]), UUID(plan["organisation_id"])
    payload = PostingStartedOrEnded(person_id=person_id, organisation_id=organisation_id, role=plan["role"])
    return Fact(posting_id, [organisation_id], [person_id], payload)
