"""The events of an import."""

from datetime import datetime
from uuid import UUID

from sqlmodel.ext.asyncio.session import AsyncSession

from schemas.events import EventName
from schemas.events.imports import ImportStateChanged
from service.foundation.events.actors import SYSTEM, EventActor
from service.foundation.events.record import record
from service.operations.imports.tables import Import


async def record_import_event(
    session: AsyncSession, name: EventName, row: Import, now: datetime, actor: EventActor = SYSTEM
) -> None:
    """Record an event of an import for its organisation and the person who requested it."""
    await record(
        session,
        name,
        row,
        actor=actor,
        occurred_at=now,
        organisations=[row.organisation_id],
        persons=[row.requested_by] if row.requested_by else [],
        payload=ImportStateChanged(
            kind=row.kind.value,
            state=row.state.value,
            added=row.added,
            changed=row.changed,
            ended=row.ended,
            refused=row.refused,
        ),
    )


def event_actor(person_id: UUID | None) -> EventActor:
    """The person who requested or confirmed an import; the system if a command on the server did."""
    return EventActor.person(person_id) if person_id else SYSTEM
