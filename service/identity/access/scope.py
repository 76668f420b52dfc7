"""The organisations that an actor reaches, as one SQL expression. Every list starts from it.

Rights come from the postings in force at the time of the request, so a right ends with its posting. A posting with
the reach `SUBTREE` reaches the organisations below its own (`path <@ path`). A link grants what `links.py` says.
"""

from datetime import datetime
from uuid import UUID

import sqlalchemy as sa
from sqlmodel import col
from sqlmodel.ext.asyncio.session import AsyncSession

from schemas.identity.organisations import Role
from service.foundation.columns import TEXTS, TIMESTAMP
from service.identity.access.actor import Actor
from service.identity.access.errors import NotPermitted, OrganisationNotFound
from service.identity.access.links import conflict_of_interest_kinds, kinds_granting
from service.identity.access.permissions import EVERY_CLIENT, EVERYBODY, Reach, purposes_with, roles_with
from service.identity.tree.errors import OrganisationIsClosed
from service.identity.tree.tables import Organisation, OrganisationLink, Posting

Ids = sa.Select[UUID]
# The aliases are module constants: an alias copies every column of its table, and that costs more than the query.
ABOVE, LINK_END, LINK_OTHER_END = (sa.orm.aliased(Organisation) for _ in range(3))
LEADER = sa.orm.aliased(Posting)


def has_not_ended(table: type[Posting] | type[OrganisationLink], at: datetime) -> sa.ColumnElement[bool]:
    """Condition: the row is in force or begins later."""
    until = col(table.valid_until)
    return sa.or_(until.is_(None), until > at)


def is_in_force(table: type[Posting] | type[OrganisationLink], at: datetime) -> sa.ColumnElement[bool]:
    """Condition: the row is in force, from `valid_from` on, up to but without `valid_until`."""
    return sa.and_(col(table.valid_from) <= at, has_not_ended(table, at))


def in_force(actor: Actor) -> sa.ColumnElement[bool]:
    """Condition: the posting is the actor's and in force at the time of the request."""
    return sa.and_(col(Posting.person_id) == actor.id, is_in_force(Posting, actor.at))


def reaches_everything(actor: Actor) -> bool:
    """Whether every person, or every service client, holds the permission in the whole jurisdiction."""
    return (EVERYBODY if actor.is_person else EVERY_CLIENT).get(actor.permission) is Reach.JURISDICTION


def reachable(actor: Actor) -> Ids:
    """The ids of the organisations where the actor holds the permission.

    A right that the actor has only on own records does not count.
    """
    if reaches_everything(actor):
        return sa.select(col(Organisation.id))
    if not actor.is_person:
        return sa.select(col(Organisation.id)).where(
            col(Organisation.id) == actor.organisation_id,
            col(Organisation.valid_until).is_(None),
            _client_holds(actor),
        )
    above, granted = ABOVE, _granted_at(actor).subquery()
    covers = col(above.path).op("@>", is_comparison=True)(col(Organisation.path))
    return (
        sa.select(col(Organisation.id))
        .join(above, sa.or_(col(above.id) == col(Organisation.id), covers))
        .join(granted, granted.c.organisation_id == col(above.id))
        .where(sa.or_(granted.c.reaches_below, col(above.id) == col(Organisation.id)))
    )


def _client_holds(actor: Actor) -> sa.ColumnElement[bool]:
    """Whether a service client holds the permission: as every client, or by its purpose until it ends."""
    if actor.permission in EVERY_CLIENT:
        return sa.true()
    purposes = purposes_with(actor.permission)
    if not purposes:
        return sa.false()
    # the policies of row-level security call this function too; the table `service_client` belongs to `auth`, which
    # `access` may not import
    return sa.func.client_serves(sa.literal(purposes, TEXTS), actor.id, actor.organisation_id, type_=sa.Boolean)


def _granted_at(actor: Actor) -> sa.Select[UUID, bool] | sa.CompoundSelect[UUID, bool]:
    """Where a posting or a link grants the permission, and whether it reaches those below."""
    is_subtree_role = col(Posting.role).in_(roles_with(actor.permission, Reach.SUBTREE))
    is_organisation_role = col(Posting.role).in_(roles_with(actor.permission, Reach.ORGANISATION))
    by_posting: sa.Select[UUID, bool] = sa.select(
        col(Posting.organisation_id).label("organisation_id"), is_subtree_role.label("reaches_below")
    ).where(in_force(actor), sa.or_(is_subtree_role, is_organisation_role))
    kinds = kinds_granting(actor.permission)
    if not kinds:
        return by_posting
    by_link = (
        sa.select(col(OrganisationLink.to_id), sa.true())
        .join(Posting, col(Posting.organisation_id) == col(OrganisationLink.from_id))
        .where(
            in_force(actor),
            is_subtree_role,
            col(OrganisationLink.kind).in_(kinds),
            is_in_force(OrganisationLink, actor.at),
        )
    )
    return sa.union_all(by_posting, by_link)


def conflict_paths(organisation_ids: Ids) -> sa.CompoundSelect[UUID, str, datetime | None]:
    """The subtrees with which organisations have a conflict of interest.

    Rows of (organisation id, path of the subtree, until). An organisation always has one with its own subtree (`until`
    is null). It also has one with the subtree at the other end of each link of a kind in `conflict_of_interest_kinds()`
    that ties it, or an organisation above it, until the link ends. Links that begin later count already: hiding an
    accusation from them early does no harm.
    """
    subject, end, other = Organisation, LINK_END, LINK_OTHER_END
    is_above = col(end.path).op("@>", is_comparison=True)(col(subject.path))
    start_id, end_id = col(OrganisationLink.from_id), col(OrganisationLink.to_id)
    own = sa.select(col(subject.id), col(subject.path), sa.null().cast(TIMESTAMP).label("until")).where(
        col(subject.id).in_(organisation_ids)
    )
    linked = (
        sa.select(col(subject.id), col(other.path), col(OrganisationLink.valid_until))
        .join(end, is_above)
        .join(OrganisationLink, col(end.id).in_((start_id, end_id)))
        .join(other, col(other.id) == sa.case((start_id == col(end.id), end_id), else_=start_id))
        .where(col(subject.id).in_(organisation_ids), col(OrganisationLink.kind).in_(conflict_of_interest_kinds()))
    )
    return sa.union_all(own, linked)


def own_organisations(actor: Actor) -> Ids:
    """The organisations where the actor has a posting now, or the one for which a client acts."""
    if not actor.is_person:
        return sa.select(col(Organisation.id)).where(col(Organisation.id) == actor.organisation_id)
    return sa.select(col(Posting.organisation_id)).where(in_force(actor))


def leaders(actor: Actor) -> Ids:
    """The leaders whose records a delegate sees, while both postings are in force."""
    leader = LEADER
    return (
        sa.select(col(leader.person_id))
        .select_from(Posting)
        .join(
            leader,
            sa.and_(
                col(leader.person_id) == col(Posting.delegate_of),
                col(leader.organisation_id) == col(Posting.organisation_id),
                col(leader.role) == Role.LEADER,
                is_in_force(leader, actor.at),
            ),
        )
        .where(in_force(actor), col(Posting.role).in_(roles_with(actor.permission, Reach.LEADER)))
    )


def leader_posting(person_id: UUID, organisation_id: UUID, at: datetime) -> Ids:
    """The id of the person's posting as a leader of the organisation at that time."""
    return sa.select(col(Posting.id)).where(
        col(Posting.person_id) == person_id,
        col(Posting.organisation_id) == organisation_id,
        col(Posting.role) == Role.LEADER,
        is_in_force(Posting, at),
    )


async def roles_over(session: AsyncSession, actor: Actor, organisation_id: UUID) -> set[Role]:
    """The actor's roles with which the permission reaches the organisation."""
    above = ABOVE
    covers = col(above.path).op("@>", is_comparison=True)(col(Organisation.path))
    subtree_roles = roles_with(actor.permission, Reach.SUBTREE)
    organisation_roles = roles_with(actor.permission, Reach.ORGANISATION)
    statement = (
        sa.select(col(Posting.role))
        .join(above, col(above.id) == col(Posting.organisation_id))
        .join(Organisation, covers)
        .where(
            in_force(actor),
            col(Organisation.id) == organisation_id,
            sa.or_(
                col(Posting.role).in_(subtree_roles),
                sa.and_(col(Posting.role).in_(organisation_roles), col(above.id) == col(Organisation.id)),
            ),
        )
    )
    return set((await (await session.connection()).execute(statement)).scalars())


async def roles_now(session: AsyncSession, actor: Actor) -> set[Role]:
    """The roles of a person's postings in force; none for a service client."""
    statement = sa.select(col(Posting.role)).where(in_force(actor)).distinct()
    return set((await (await session.connection()).execute(statement)).scalars()) if actor.is_person else set()


def sees_own(actor: Actor) -> bool:
    """Whether a person holds the permission on the records about him- or herself."""
    return actor.is_person and actor.permission in EVERYBODY


def readers(actor: Actor) -> Ids:
    """The `audience.reader_id`s whose feed the actor may read: organisations in reach, and the person."""
    organisations = reachable(actor)
    if not sees_own(actor):
        return organisations
    return sa.select(organisations.union_all(sa.select(sa.literal(actor.id, sa.Uuid()))).subquery().c[0])


async def reaches(session: AsyncSession, actor: Actor, organisation_id: UUID) -> bool:
    """Whether the organisation is in the actor's reach."""
    statement = reachable(actor).where(col(Organisation.id) == organisation_id).limit(1)
    return await session.scalar(statement) is not None


def posting_organisation(actor: Actor, organisation_id: UUID | None = None) -> Ids:
    """The organisation of the actor's first posting in force with the permission; only there, if named."""
    is_there = sa.true() if organisation_id is None else col(Posting.organisation_id) == organisation_id
    return (
        sa.select(col(Posting.organisation_id))
        .where(in_force(actor), col(Posting.role).in_(roles_with(actor.permission)), is_there)
        .order_by(col(Posting.valid_from), col(Posting.id))
        .limit(1)
    )


async def must_be_posted(session: AsyncSession, actor: Actor, organisation_id: UUID | None = None) -> UUID:
    """The organisation for which the actor uses the permission: the one named, or the first.

    Raises OrganisationNotFound when the actor has no posting with the permission in the organisation named,
    NotPermitted when the actor has none at all.
    """
    posted_in: UUID | None = await session.scalar(posting_organisation(actor, organisation_id))
    if posted_in is None and organisation_id is not None:
        raise OrganisationNotFound(organisation_id=str(organisation_id))
    if posted_in is None:
        raise NotPermitted(permission=actor.permission)
    return posted_in


async def must_reach_root(session: AsyncSession, actor: Actor) -> None:
    """Require a posting that reaches a root, for settings of the whole jurisdiction. Raises NotPermitted."""
    root = reachable(actor).where(col(Organisation.parent_id).is_(None)).limit(1)
    if reaches_everything(actor) or await session.scalar(root) is None:
        raise NotPermitted(permission=actor.permission)


async def must_exist(session: AsyncSession, organisation_id: UUID) -> None:
    """Check that an organisation exists, without a check of rights. Raises OrganisationNotFound."""
    if await session.scalar(sa.select(col(Organisation.id)).where(col(Organisation.id) == organisation_id)) is None:
        raise OrganisationNotFound(organisation_id=str(organisation_id))


async def must_be_open(session: AsyncSession, organisation_id: UUID) -> None:
    """Check that an organisation is open, and keep it open until this transaction ends (FOR SHARE).

    Raises OrganisationNotFound, OrganisationIsClosed.
    """
    statement = sa.select(col(Organisation.valid_until)).where(col(Organisation.id) == organisation_id)
    row = (await (await session.connection()).execute(statement.with_for_update(read=True))).one_or_none()
    if row is None:
        raise OrganisationNotFound(organisation_id=str(organisation_id))
    if row.valid_until is not None:
        raise OrganisationIsClosed(organisation_id=str(organisation_id))


async def must_reach(session: AsyncSession, actor: Actor, organisation_id: UUID) -> None:
    """Check that the actor reaches the organisation.

    Raises NotPermitted when the actor has a posting there or above without this permission, else
    OrganisationNotFound.
    """
    if await reaches(session, actor, organisation_id):
        return
    above = ABOVE
    covers = col(above.path).op("@>", is_comparison=True)(col(Organisation.path))
    posting = (
        sa.select(col(Organisation.id))
        .join(above, covers)
        .join(Posting, col(Posting.organisation_id) == col(above.id))
        .where(in_force(actor), col(Organisation.id) == organisation_id)
        .limit(1)
    )
    if await session.scalar(posting) is not None or actor.organisation_id == organisation_id:
        raise NotPermitted(permission=actor.permission)
    raise OrganisationNotFound(organisation_id=str(organisation_id))
