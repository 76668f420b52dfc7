"""Backgrounds: a person's year of birth and earlier grassroots months, for the criteria of plans."""

from uuid import UUID

from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from schemas.events import EventName
from schemas.ground.placements import BackgroundOut, BackgroundUpdate, EarlierBackgroundOut
from service.foundation.creation import insert_or_lock
from service.foundation.events.record import record
from service.foundation.ids import new_id
from service.foundation.rows import require_version
from service.foundation.workdays import day_of
from service.ground.placements.errors import BackgroundNotFound, BirthYearInFuture, OwnCase
from service.ground.placements.tables import EarlierPersonBackground, PersonBackground
from service.identity.access.actor import Actor
from service.identity.people.queries import person


async def set_background(
    session: AsyncSession, actor: Actor, person_id: UUID, request: BackgroundUpdate, expected_version: int | None
) -> PersonBackground:
    """Set the background of another person within reach; a repeated request changes nothing.

    The earlier values are kept in `earlier_person_background`. Without `expected_version` the version is not checked.
    Raises: PersonNotFound, OwnCase, BirthYearInFuture, VersionStale.
    """
    await person(session, actor, person_id)
    if person_id == actor.id:
        raise OwnCase
    if request.birth_year > day_of(actor.at).year:
        raise BirthYearInFuture(birth_year=request.birth_year)
    new_row = PersonBackground(id=person_id, set_at=actor.at, **request.model_dump())
    row, is_new = await insert_or_lock(session, new_row, "id")
    if not is_new:
        if (row.birth_year, row.grassroots_months) == (request.birth_year, request.grassroots_months):
            return row
        if expected_version is not None:
            require_version(row, expected_version)
        session.add(_copy_to_earlier(row))
        row.sqlmodel_update({**request.model_dump(), "set_at": actor.at, "version": row.version + 1})
    name = EventName.PERSON_BACKGROUND_SET
    await record(session, name, row, actor=actor.event_actor, occurred_at=actor.at, persons=[person_id])
    return row


async def get_background(session: AsyncSession, actor: Actor, person_id: UUID) -> BackgroundOut:
    """Read the background of a person within reach, with its earlier values, newest first.

    Raises: PersonNotFound, BackgroundNotFound.
    """
    await person(session, actor, person_id)
    existing = await session.get(PersonBackground, person_id)
    if existing is None:
        raise BackgroundNotFound(person_id=str(person_id))
    statement = select(EarlierPersonBackground).where(EarlierPersonBackground.person_id == person_id)
    rows = (await session.exec(statement.order_by(col(EarlierPersonBackground.version).desc()))).all()
    current = EarlierBackgroundOut.model_validate(existing)
    return BackgroundOut(**current.model_dump(), earlier=[EarlierBackgroundOut.model_validate(row) for row in rows])


def _copy_to_earlier(row: PersonBackground) -> EarlierPersonBackground:
    return EarlierPersonBackground(
        id=new_id(),
        person_id=row.id,
        birth_year=row.birth_year,
        grassroots_months=row.grassroots_months,
        set_at=row.set_at,
        version=row.version,
    )
