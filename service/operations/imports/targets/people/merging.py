"""WriteSession people and postings, some rows at a time, each change with its event as by hand."""

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
from service.operations.imports.tables import ImportRow
from service.operations.imports.targets.kinds import Merge
from service.operations.imports.telling import actor_named_by

ADD = sa.text(
    "INSERT INTO person (id, name, organisation_id, staff_number, created_at, request_fingerprint, version)"
    " SELECT id, name, organisation_id, staff_number, :at, '', 1 FROM jsonb_to_recordset(:rows)"
    " AS asked (id uuid, name text, organisation_id uuid, staff_number text) RETURNING id"
)
RENAME = sa.text(
    "UPDATE person AS kept SET name = asked.name, version = kept.version + 1"
    " FROM jsonb_to_recordset(:rows) AS asked (id uuid, name text, before text)"
    " WHERE kept.id = asked.id AND kept.name = asked.before RETURNING kept.id"
)
BEGIN = sa.text(
    "INSERT INTO posting (id, person_id, organisation_id, role, valid_from, valid_until, request_fingerprint, version)"
    " SELECT id, person_id, organisation_id, role, begin, until, '', 1 FROM jsonb_to_recordset(:rows)"
    " AS asked (id uuid, person_id uuid, organisation_id uuid, role text, begin timestamptz, until timestamptz)"
    " RETURNING id"
)
END = sa.text(
    "UPDATE posting AS kept SET valid_until = asked.until, version = kept.version + 1"
    " FROM jsonb_to_recordset(:rows) AS asked (id uuid, version int, until timestamptz)"
    " WHERE kept.id = asked.id AND kept.version = asked.version RETURNING kept.id"
)


async def merge(step: Merge) -> set[UUID]:
    """Write the due rows of one step; the subjects of those that were written whole."""
    added = await step.written(ADD, _acts(step.due, "person", "add"), at=step.at)
    renamed = await step.written(RENAME, _acts(step.due, "person", "rename"))
    begun = await step.written(BEGIN, _acts(step.due, "posting", "begin"))
    ended = await step.written(END, _acts(step.due, "posting", "end"))
    await _record_persons_event(step, EventName.PERSON_CREATED, added)
    await _record_persons_event(step, EventName.PERSON_CHANGED, renamed)
    await _record_postings_event(step, EventName.POSTING_STARTED, begun)
    await _record_postings_event(step, EventName.POSTING_ENDED, ended)
    done = {str(one) for one in added | renamed | begun | ended}
    return {row.subject_id for row in step.due if row.subject_id and _is_whole(row, done)}


def _acts(due: Iterable[ImportRow], what: str, does: str) -> list[dict[str, Any]]:
    """What is to be done to persons or postings, one plan each."""
    return [
        {**row.plan, **row.plan[what]} for row in due if row.plan and row.plan.get(what, {"does": None})["does"] == does
    ]


def _is_whole(row: ImportRow, done: set[str]) -> bool:
    plan = row.plan or {}
    return all(plan[what]["id"] in done for what in ("person", "posting") if what in plan)


async def _record_persons_event(step: Merge, name: EventName, written: set[UUID]) -> None:
    facts = [Fact(one, persons=[one]) for one in sorted(written)]
    await record_many(step.session, Person, name, facts, actor=actor_named_by(step.row.confirmed_by), at=step.at)
    await log_access_many(step.session, name.value, sorted(written), actor_id=step.row.confirmed_by)


async def _record_postings_event(step: Merge, name: EventName, written: set[UUID]) -> None:
    facts = [_fact(row.plan, row.subject_id) for row in step.due if row.plan and row.subject_id in written]
    await record_many(step.session, Posting, name, facts, actor=actor_named_by(step.row.confirmed_by), at=step.at)
    persons = [person for fact in facts for person in fact.persons]
    await log_access_many(step.session, name.value, persons, actor_id=step.row.confirmed_by)


def _fact(plan: dict[str, Any], posting_id: UUID) -> Fact:
    person_id, organisation_id = UUID(plan["person_id"]), UUID(plan["organisation_id"])
    moved = PostingStartedOrEnded(person_id=person_id, organisation_id=organisation_id, role=plan["role"])
    return Fact(posting_id, [organisation_id], [person_id], moved)
