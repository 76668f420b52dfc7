"""Starting, ending and listing links beside the tree."""

from uuid import UUID

import sqlalchemy as sa
from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from schemas.events import EventName
from schemas.events.organisations import OrganisationLinkMoved
from schemas.identity.organisation_links import LinkKind, OrganisationLinkAsked, OrganisationLinkEnded
from service.foundation.creation import create_once
from service.foundation.errors import VersionStale
from service.foundation.events.record import record
from service.foundation.paging import PageAsked, Slice, newest_first
from service.identity.access import scope
from service.identity.access.access_log import log_access
from service.identity.access.actor import Actor
from service.identity.tree import rules
from service.identity.tree.errors import LinkAgainstTree, LinkEnded, LinkEndsInPast, LinkNotFound
from service.identity.tree.tables import Organisation, OrganisationLink


async def start_link(
    session: AsyncSession, actor: Actor, link_id: UUID, asked: OrganisationLinkAsked, sameness: bytes
) -> tuple[OrganisationLink, bool]:
    """Link two organisations, both in reach: a link opens the one side, and keeps accusations from the other.

    Raises OrganisationNotFound, NotPermitted, LinkDoesNotFit, LinkAgainstTree, ContentDiffers; through the database
    LinkToItself, LinkOverlaps, LinkEndsBeforeItBegins.
    """
    for organisation_id in (asked.from_id, asked.to_id):
        await scope.must_reach(session, actor, organisation_id)
    await _must_fit(session, asked)
    row = OrganisationLink(id=link_id, sameness=sameness, **asked.model_dump())
    kept, is_new = await create_once(session, row, "from_id", "to_id")
    if is_new:
        for organisation_id in sorted((asked.from_id, asked.to_id)):  # in one order, so that two at once do not lock up
            await scope.must_be_open(session, organisation_id)
        await _tell(session, actor, EventName.ORGANISATION_LINK_STARTED, kept)
    return kept, is_new


async def end_link(
    session: AsyncSession, actor: Actor, link_id: UUID, asked: OrganisationLinkEnded, based_on: int
) -> OrganisationLink:
    """End a link, now or later; what it gave until now it gave.

    Raises LinkNotFound, OrganisationNotFound, NotPermitted, LinkEnded, LinkEndsInPast, VersionStale.
    """
    kept = (
        await session.exec(select(OrganisationLink).where(OrganisationLink.id == link_id).with_for_update())
    ).first()
    if kept is None:
        raise LinkNotFound(link_id=str(link_id))
    for organisation_id in (kept.from_id, kept.to_id):
        await scope.must_reach(session, actor, organisation_id)
    until = asked.valid_until or actor.at
    if kept.valid_until == until:
        return kept
    if kept.version != based_on:
        raise VersionStale(current_version=kept.version)
    if kept.valid_until and kept.valid_until <= actor.at:
        raise LinkEnded(valid_until=kept.valid_until.isoformat())
    if until < actor.at:
        raise LinkEndsInPast
    kept.valid_until, kept.version = until, kept.version + 1
    await _tell(session, actor, EventName.ORGANISATION_LINK_ENDED, kept)
    return kept


async def links(
    session: AsyncSession, actor: Actor, asked: PageAsked, *, organisation_id: UUID | None, kind: LinkKind | None
) -> Slice[OrganisationLink]:
    """Links of organisations in reach, ended ones too, latest beginning first."""
    reached = scope.reachable(actor)
    statement = select(OrganisationLink).where(
        sa.or_(col(OrganisationLink.from_id).in_(reached), col(OrganisationLink.to_id).in_(reached))
    )
    if organisation_id:
        ends = (col(OrganisationLink.from_id), col(OrganisationLink.to_id))
        statement = statement.where(sa.or_(*(end == organisation_id for end in ends)))
    if kind:
        statement = statement.where(OrganisationLink.kind == kind)
    return await newest_first(session, statement, col(OrganisationLink.valid_from), col(OrganisationLink.id), asked)


async def _must_fit(session: AsyncSession, asked: OrganisationLinkAsked) -> None:
    """Raises LinkDoesNotFit, LinkAgainstTree."""
    ends = select(Organisation).where(col(Organisation.id).in_((asked.from_id, asked.to_id)))
    found = {one.id: one for one in (await session.exec(ends)).all()}
    start, end = found[asked.from_id], found[asked.to_id]
    rules.must_link(asked.kind, start.kind, end.kind)
    if asked.kind in rules.DOWNWARD and start.path.startswith(f"{end.path}."):
        raise LinkAgainstTree(kind=asked.kind.value)


async def _tell(session: AsyncSession, actor: Actor, name: EventName, link: OrganisationLink) -> None:
    moved = OrganisationLinkMoved(kind=link.kind.value, from_id=link.from_id, to_id=link.to_id)
    await record(
        session,
        name,
        link,
        actor_id=actor.id,
        occurred_at=actor.at,
        organisations=[link.from_id, link.to_id],
        payload=moved,
    )
    await log_access(session, name.value, actor_id=actor.id, subject_id=link.id)
