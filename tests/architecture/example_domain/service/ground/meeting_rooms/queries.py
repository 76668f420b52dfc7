"""Reading meeting rooms of the organisations in reach."""

import sqlalchemy as sa
from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from schemas.ground.meeting_rooms import MeetingRoomQuery
from service.foundation.paging import Slice, filter_equal, page_newest_first
from service.ground.meeting_rooms.tables import MeetingRoom
from service.identity.access import scope
from service.identity.access.actor import Actor


async def page(session: AsyncSession, actor: Actor, query: MeetingRoomQuery) -> Slice[MeetingRoom]:
    """Meeting rooms the actor may see, newest first."""
    reachable = scope.reachable(actor).subquery()
    statement = select(MeetingRoom).where(col(MeetingRoom.organisation_id).in_(sa.select(reachable.c.id)))
    statement = filter_equal(statement, MeetingRoom, query, "place_id")
    return await page_newest_first(session, statement, col(MeetingRoom.created_at), col(MeetingRoom.id), query)
