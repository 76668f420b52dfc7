"""The events of an import itself."""

from datetime import datetime
from uuid import UUID

from sqlmodel.ext.asyncio.session import AsyncSession

from schemas.events import EventName
from schemas.events.imports import ImportMoved
from service.foundation.events.actors import SYSTEM, EventActor
from service.foundation.events.record import record
from service.operations.imports.tables import Import


async def tell(session: AsyncSession, name: EventName, row: Import, now: datetime, actor: EventActor = SYSTEM) -> None:
    """Record how far the import is, for its organisation and whoever asked."""
    await record(
        session,
        name,
        row,
        actor=actor,
        occurred_at=now,
        organisations=[row.organisation_id],
        persons=[row.asked_by] if row.asked_by else [],
        payload=ImportMoved(
            kind=row.kind.value,
            state=row.state.value,
            added=row.added,
            changed=row.changed,
            ended=row.ended,
            refused=row.refused,
        ),
    )


def actor_named_by(person_id: UUID | None) -> EventActor:
    """Return who asked for or confirmed an import; nobody is named when a command at the server did."""
    return EventActor.person(person_id) if person_id else SYSTEM
