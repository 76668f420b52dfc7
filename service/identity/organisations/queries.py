"""Lists over the tree: organisations, postings. They stand here because scope is computed from both."""

from datetime import datetime
from uuid import UUID

import sqlalchemy as sa
from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from schemas.identity.organisations import Family
from service.foundation.paging import PageQuery, Slice, newest_first
from service.identity.access import scope
from service.identity.access.actor import Actor
from service.identity.access.errors import OrganisationNotFound
from service.identity.tree.tables import Organisation, OrganisationFormerName, Posting


async def organisation(session: AsyncSession, actor: Actor, organisation_id: UUID) -> Organisation:
    """One organisation in reach. Raises OrganisationNotFound."""
    statement = select(Organisation).where(
        Organisation.id == organisation_id, col(Organisation.id).in_(scope.reachable(actor))
    )
    found = (await session.exec(statement)).first()
    if found is None:
        raise OrganisationNotFound(organisation_id=str(organisation_id))
    return found


async def organisations(
    session: AsyncSession, actor: Actor, page: PageQuery, *, parent_id: UUID | None, family: Family | None
) -> Slice[Organisation]:
    """Organisations in reach, newest first."""
    statement = select(Organisation).where(col(Organisation.id).in_(scope.reachable(actor)))
    if parent_id:
        statement = statement.where(Organisation.parent_id == parent_id)
    if family:
        statement = statement.where(Organisation.family == family)
    return await newest_first(session, statement, col(Organisation.created_at), col(Organisation.id), page)


async def former_names(
    session: AsyncSession, actor: Actor, page: PageQuery, organisation_id: UUID
) -> Slice[OrganisationFormerName]:
    """The names an organisation in reach had, the last one first. Raises OrganisationNotFound."""
    await organisation(session, actor, organisation_id)
    statement = select(OrganisationFormerName).where(OrganisationFormerName.organisation_id == organisation_id)
    keys = (col(OrganisationFormerName.until_at), col(OrganisationFormerName.id))
    return await newest_first(session, statement, *keys, page)


async def posting_is_seen(session: AsyncSession, actor: Actor, posting: Posting) -> bool:
    """Whether the posting would stand in the actor's list: one's own, or of an organisation in reach."""
    return posting.person_id == actor.id or await scope.reaches(session, actor, posting.organisation_id)


async def is_posted(session: AsyncSession, person_id: UUID, organisation_id: UUID | None, at: datetime) -> bool:
    """Whether the person has a posting in force at that moment: there, or anywhere."""
    statement = select(Posting.id).where(Posting.person_id == person_id, scope.holds(Posting, at))
    if organisation_id:
        statement = statement.where(Posting.organisation_id == organisation_id)
    return (await session.exec(statement.limit(1))).first() is not None


async def postings(
    session: AsyncSession, actor: Actor, page: PageQuery, *, organisation_id: UUID | None, person_id: UUID | None
) -> Slice[Posting]:
    """Postings in organisations in reach, and one's own; latest beginning first."""
    statement = select(Posting).where(
        sa.or_(col(Posting.organisation_id).in_(scope.reachable(actor)), col(Posting.person_id) == actor.id)
    )
    if organisation_id:
        statement = statement.where(Posting.organisation_id == organisation_id)
    if person_id:
        statement = statement.where(Posting.person_id == person_id)
    return await newest_first(session, statement, col(Posting.valid_from), col(Posting.id), page)
