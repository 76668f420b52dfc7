"""Read organisations, their former names and postings."""

from datetime import datetime
from uuid import UUID

import sqlalchemy as sa
from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from schemas.foundation.common import PageQuery
from schemas.identity.organisations import OrganisationQuery, PostingQuery
from service.foundation.paging import Slice, filter_equal, page_newest_first
from service.identity.access import scope
from service.identity.access.actor import Actor
from service.identity.access.errors import OrganisationNotFound
from service.identity.tree.tables import Organisation, OrganisationFormerName, Posting


async def organisation(session: AsyncSession, actor: Actor, organisation_id: UUID) -> Organisation:
    """One organisation in reach. Raises OrganisationNotFound."""
    statement = select(Organisation).where(
        Organisation.id == organisation_id, col(Organisation.id).in_(scope.reachable(actor))
    )
    row = (await session.exec(statement)).first()
    if row is None:
        raise OrganisationNotFound(organisation_id=str(organisation_id))
    return row


async def organisations(session: AsyncSession, actor: Actor, query: OrganisationQuery) -> Slice[Organisation]:
    """Organisations in reach, newest first."""
    statement = select(Organisation).where(col(Organisation.id).in_(scope.reachable(actor)))
    statement = filter_equal(statement, Organisation, query, "parent_id", "family")
    return await page_newest_first(session, statement, col(Organisation.created_at), col(Organisation.id), query)


async def former_names(
    session: AsyncSession, actor: Actor, query: PageQuery, organisation_id: UUID
) -> Slice[OrganisationFormerName]:
    """The former names of an organisation in reach, latest first. Raises OrganisationNotFound."""
    await organisation(session, actor, organisation_id)
    statement = select(OrganisationFormerName).where(OrganisationFormerName.organisation_id == organisation_id)
    keys = (col(OrganisationFormerName.until_at), col(OrganisationFormerName.id))
    return await page_newest_first(session, statement, *keys, query)


async def can_read_posting(session: AsyncSession, actor: Actor, posting: Posting) -> bool:
    """Whether the actor may read the posting: an own one, or one of an organisation in reach."""
    return posting.person_id == actor.id or await scope.reaches(session, actor, posting.organisation_id)


async def is_posted(session: AsyncSession, person_id: UUID, organisation_id: UUID | None, at: datetime) -> bool:
    """Whether the person has a posting in force at that time: in the organisation, or in any if None."""
    statement = select(Posting.id).where(Posting.person_id == person_id, scope.is_in_force(Posting, at))
    if organisation_id:
        statement = statement.where(Posting.organisation_id == organisation_id)
    return (await session.exec(statement.limit(1))).first() is not None


async def postings(session: AsyncSession, actor: Actor, query: PostingQuery) -> Slice[Posting]:
    """Postings of the actor and of organisations in reach, latest `valid_from` first."""
    statement = select(Posting).where(
        sa.or_(col(Posting.organisation_id).in_(scope.reachable(actor)), col(Posting.person_id) == actor.id)
    )
    statement = filter_equal(statement, Posting, query, "organisation_id", "person_id")
    return await page_newest_first(session, statement, col(Posting.valid_from), col(Posting.id), query)
