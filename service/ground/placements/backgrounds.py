"""The little a plan needs to know of a person: noted by another, and kept when it is noted otherwise."""

from uuid import UUID

from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from schemas.events import EventName
from schemas.ground.placements import BackgroundOut, BackgroundUpdate, EarlierBackgroundOut
from service.foundation.creation import insert_or_lock
from service.foundation.errors import VersionStale
from service.foundation.events.record import record
from service.foundation.ids import new_id
from service.foundation.workdays import day_of
from service.ground.placements.errors import BackgroundNotFound, BornInTheFuture, NotForOneself
from service.ground.placements.tables import EarlierPersonBackground, PersonBackground
from service.identity.access.actor import Actor
from service.identity.people.queries import person


async def note(
    session: AsyncSession, actor: Actor, person_id: UUID, request: BackgroundUpdate, based_on: int | None
) -> PersonBackground:
    """Note what a plan needs to know of another person in reach; the same again changes nothing.

    Raises PersonNotFound, NotForOneself, BornInTheFuture, and VersionStale for a version that is not the present one.
    """
    await person(session, actor, person_id)
    if person_id == actor.id:
        raise NotForOneself
    if request.birth_year > day_of(actor.at).year:
        raise BornInTheFuture(birth_year=request.birth_year)
    said = PersonBackground(id=person_id, set_at=actor.at, **request.model_dump())
    row, is_new = await insert_or_lock(session, said, "id")
    if not is_new:
        if (row.birth_year, row.grassroots_months) == (request.birth_year, request.grassroots_months):
            return row
        if based_on is not None and row.version != based_on:
            raise VersionStale(current_version=row.version)
        session.add(_as_noted(row))
        row.sqlmodel_update({**request.model_dump(), "set_at": actor.at, "version": row.version + 1})
    name = EventName.PERSON_BACKGROUND_SET
    await record(session, name, row, actor_id=actor.id, occurred_at=actor.at, persons=[person_id])
    return row


async def one(session: AsyncSession, actor: Actor, person_id: UUID) -> BackgroundOut:
    """What is noted of a person in reach, with what was noted before, newest first.

    Raises PersonNotFound, BackgroundNotFound.
    """
    await person(session, actor, person_id)
    existing = await session.get(PersonBackground, person_id)
    if existing is None:
        raise BackgroundNotFound(person_id=str(person_id))
    before = select(EarlierPersonBackground).where(EarlierPersonBackground.person_id == person_id)
    rows = (await session.exec(before.order_by(col(EarlierPersonBackground.version).desc()))).all()
    now = EarlierBackgroundOut.model_validate(existing)
    return BackgroundOut(**now.model_dump(), earlier=[EarlierBackgroundOut.model_validate(row) for row in rows])


def _as_noted(row: PersonBackground) -> EarlierPersonBackground:
    return EarlierPersonBackground(
        id=new_id(),
        person_id=row.id,
        birth_year=row.birth_year,
        grassroots_months=row.grassroots_months,
        set_at=row.set_at,
        version=row.version,
    )
