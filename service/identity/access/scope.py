"""What an actor reaches, as one SQL expression; every list starts from it.

Rights are the postings in force at the moment of asking, so a right ends with its posting. An organisation
reaches what lies below it in its tree (`path <@ path`); a link beside the tree lends what `links.py` says.
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
from service.identity.access.links import lending, withholding
from service.identity.access.roles import CLIENTS, EVERYBODY, Reach, purposes_with, roles_with
from service.identity.tree.errors import OrganisationIsClosed
from service.identity.tree.tables import Organisation, OrganisationLink, Posting

Ids = sa.Select[UUID]
# Made once: an alias copies every column of its table, and that would cost more than the rest of a query.
HELD, LINK_END, LINK_OTHER_END = (sa.orm.aliased(Organisation) for _ in range(3))
LEADER = sa.orm.aliased(Posting)


def has_not_ended(dated: type[Posting] | type[OrganisationLink], at: datetime) -> sa.ColumnElement[bool]:
    """In force, or to come."""
    until = col(dated.valid_until)
    return sa.or_(until.is_(None), until > at)


def holds(dated: type[Posting] | type[OrganisationLink], at: datetime) -> sa.ColumnElement[bool]:
    """From its beginning on, up to but without its end."""
    return sa.and_(col(dated.valid_from) <= at, has_not_ended(dated, at))


def in_force(actor: Actor) -> sa.ColumnElement[bool]:
    """The actor's postings at the moment of asking."""
    return sa.and_(col(Posting.person_id) == actor.id, holds(Posting, actor.at))


def is_everywhere(actor: Actor) -> bool:
    """Whether the permission reaches the whole jurisdiction for everybody of the actor's sort."""
    return (EVERYBODY if actor.is_person else CLIENTS).get(actor.permission) is Reach.JURISDICTION


def reachable(actor: Actor) -> Ids:
    """The ids of the organisations for which the actor holds the asked permission; the actor's own records aside."""
    if is_everywhere(actor):
        return sa.select(col(Organisation.id))
    if not actor.is_person:
        return sa.select(col(Organisation.id)).where(
            col(Organisation.id) == actor.organisation_id,
            col(Organisation.valid_until).is_(None),
            _acts(actor),
        )
    held, standing = HELD, _standing(actor).subquery()
    below = col(held.path).op("@>", is_comparison=True)(col(Organisation.path))
    return (
        sa.select(col(Organisation.id))
        .join(held, sa.or_(col(held.id) == col(Organisation.id), below))
        .join(standing, standing.c.organisation_id == col(held.id))
        .where(sa.or_(standing.c.reaches_below, col(held.id) == col(Organisation.id)))
    )


def _acts(actor: Actor) -> sa.ColumnElement[bool]:
    """Whether a system holds the permission: as every system does, or for its purpose while it is not ended."""
    if actor.permission in CLIENTS:
        return sa.true()
    purposes = purposes_with(actor.permission)
    if not purposes:
        return sa.false()
    # the function that the second lock asks too (locks.py): the systems' table stands above this layer
    return sa.func.acts_as(sa.literal(purposes, TEXTS), actor.id, actor.organisation_id, type_=sa.Boolean)


def _standing(actor: Actor) -> sa.Select[UUID, bool] | sa.CompoundSelect[UUID, bool]:
    """Where the asked permission begins, by posting or lent by a link, and whether it reaches below."""
    deep = col(Posting.role).in_(roles_with(actor.permission, Reach.SUBTREE))
    here = col(Posting.role).in_(roles_with(actor.permission, Reach.ORGANISATION))
    posted: sa.Select[UUID, bool] = sa.select(
        col(Posting.organisation_id).label("organisation_id"), deep.label("reaches_below")
    ).where(in_force(actor), sa.or_(deep, here))
    kinds = lending(actor.permission)
    if not kinds:
        return posted
    lent = (
        sa.select(col(OrganisationLink.to_id), sa.true())
        .join(Posting, col(Posting.organisation_id) == col(OrganisationLink.from_id))
        .where(in_force(actor), deep, col(OrganisationLink.kind).in_(kinds), holds(OrganisationLink, actor.at))
    )
    return sa.union_all(posted, lent)


def sides(organisation_ids: Ids) -> sa.CompoundSelect[UUID, str, datetime | None]:
    """On whose side organisations stand when somebody is accused: (id, path, until when).

    Each on its own side, for ever, and on that of whatever a withholding link ties it or one above it to; links
    that have not begun count too, since nothing is lost by keeping an accusation from them already.
    """
    stands, end, other = Organisation, LINK_END, LINK_OTHER_END
    above = col(end.path).op("@>", is_comparison=True)(col(stands.path))
    start_id, end_id = col(OrganisationLink.from_id), col(OrganisationLink.to_id)
    own = sa.select(col(stands.id), col(stands.path), sa.null().cast(TIMESTAMP).label("until")).where(
        col(stands.id).in_(organisation_ids)
    )
    linked = (
        sa.select(col(stands.id), col(other.path), col(OrganisationLink.valid_until))
        .join(end, above)
        .join(OrganisationLink, col(end.id).in_((start_id, end_id)))
        .join(other, col(other.id) == sa.case((start_id == col(end.id), end_id), else_=start_id))
        .where(col(stands.id).in_(organisation_ids), col(OrganisationLink.kind).in_(withholding()))
    )
    return sa.union_all(own, linked)


def stands_in(actor: Actor) -> Ids:
    """The organisations in which the actor holds any posting now, or for which a system acts."""
    if not actor.is_person:
        return sa.select(col(Organisation.id)).where(col(Organisation.id) == actor.organisation_id)
    return sa.select(col(Posting.organisation_id)).where(in_force(actor))


def leaders(actor: Actor) -> Ids:
    """The leaders whose records a delegate sees: while the delegation holds, and while they are leaders there."""
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
                holds(leader, actor.at),
            ),
        )
        .where(in_force(actor), col(Posting.role).in_(roles_with(actor.permission, Reach.LEADER)))
    )


def is_led(person_id: UUID, organisation_id: UUID, at: datetime) -> Ids:
    """The person's posting as a leader of the organisation at a moment, if there is one."""
    return sa.select(col(Posting.id)).where(
        col(Posting.person_id) == person_id,
        col(Posting.organisation_id) == organisation_id,
        col(Posting.role) == Role.LEADER,
        holds(Posting, at),
    )


async def roles_over(session: AsyncSession, actor: Actor, organisation_id: UUID) -> set[Role]:
    """The actor's roles by which the asked permission reaches the organisation."""
    held = HELD
    below = col(held.path).op("@>", is_comparison=True)(col(Organisation.path))
    deep, here = roles_with(actor.permission, Reach.SUBTREE), roles_with(actor.permission, Reach.ORGANISATION)
    statement = (
        sa.select(col(Posting.role))
        .join(held, col(held.id) == col(Posting.organisation_id))
        .join(Organisation, below)
        .where(
            in_force(actor),
            col(Organisation.id) == organisation_id,
            sa.or_(
                col(Posting.role).in_(deep),
                sa.and_(col(Posting.role).in_(here), col(held.id) == col(Organisation.id)),
            ),
        )
    )
    return set((await (await session.connection()).execute(statement)).scalars())


async def roles_now(session: AsyncSession, actor: Actor) -> set[Role]:
    """The roles of a person's postings in force; none for a system."""
    statement = sa.select(col(Posting.role)).where(in_force(actor)).distinct()
    return set((await (await session.connection()).execute(statement)).scalars()) if actor.is_person else set()


def sees_own(actor: Actor) -> bool:
    """Whether a person may ask this of the records about him- or herself."""
    return actor.is_person and actor.permission in EVERYBODY


def readers(actor: Actor) -> Ids:
    """Whose feed the actor may read: the organisations in reach, and the person him- or herself."""
    organisations = reachable(actor)
    if not sees_own(actor):
        return organisations
    return sa.select(organisations.union_all(sa.select(sa.literal(actor.id, sa.Uuid()))).subquery().c[0])


async def reaches(session: AsyncSession, actor: Actor, organisation_id: UUID) -> bool:
    """Whether the organisation lies in reach."""
    wanted = reachable(actor).where(col(Organisation.id) == organisation_id).limit(1)
    return await session.scalar(wanted) is not None


def posted_with(actor: Actor, organisation_id: UUID | None = None) -> Ids:
    """The organisation of the actor's first posting in force that holds the asked permission, there or anywhere."""
    there = sa.true() if organisation_id is None else col(Posting.organisation_id) == organisation_id
    return (
        sa.select(col(Posting.organisation_id))
        .where(in_force(actor), col(Posting.role).in_(roles_with(actor.permission)), there)
        .order_by(col(Posting.valid_from), col(Posting.id))
        .limit(1)
    )


async def must_be_posted(session: AsyncSession, actor: Actor, organisation_id: UUID | None = None) -> UUID:
    """The organisation for which the actor does what needs the permission: the one named, or the first.

    Raises OrganisationNotFound for one without a posting that holds it, NotPermitted without any.
    """
    found: UUID | None = await session.scalar(posted_with(actor, organisation_id))
    if found is None and organisation_id is not None:
        raise OrganisationNotFound(organisation_id=str(organisation_id))
    if found is None:
        raise NotPermitted(permission=actor.permission.value)
    return found


async def must_reach_root(session: AsyncSession, actor: Actor) -> None:
    """For what holds in the whole jurisdiction: a posting at one of its roots. Raises NotPermitted."""
    root = reachable(actor).where(col(Organisation.parent_id).is_(None)).limit(1)
    if is_everywhere(actor) or await session.scalar(root) is None:
        raise NotPermitted(permission=actor.permission.value)


async def must_exist(session: AsyncSession, organisation_id: UUID) -> None:
    """Raises OrganisationNotFound. For naming an organisation, not for acting on it."""
    if await session.scalar(sa.select(col(Organisation.id)).where(col(Organisation.id) == organisation_id)) is None:
        raise OrganisationNotFound(organisation_id=str(organisation_id))


async def must_be_open(session: AsyncSession, organisation_id: UUID) -> None:
    """For what begins in an organisation; it is not closed until this transaction ends.

    Raises OrganisationNotFound, OrganisationIsClosed.
    """
    statement = sa.select(col(Organisation.valid_until)).where(col(Organisation.id) == organisation_id)
    found = (await (await session.connection()).execute(statement.with_for_update(read=True))).one_or_none()
    if found is None:
        raise OrganisationNotFound(organisation_id=str(organisation_id))
    if found.valid_until is not None:
        raise OrganisationIsClosed(organisation_id=str(organisation_id))


async def must_reach(session: AsyncSession, actor: Actor, organisation_id: UUID) -> None:
    """Raises NotPermitted where the actor has a posting without this right, OrganisationNotFound elsewhere."""
    if await reaches(session, actor, organisation_id):
        return
    held = HELD
    covers = col(held.path).op("@>", is_comparison=True)(col(Organisation.path))
    posted = (
        sa.select(col(Organisation.id))
        .join(held, covers)
        .join(Posting, col(Posting.organisation_id) == col(held.id))
        .where(in_force(actor), col(Organisation.id) == organisation_id)
        .limit(1)
    )
    if await session.scalar(posted) is not None or actor.organisation_id == organisation_id:
        raise NotPermitted(permission=actor.permission.value)
    raise OrganisationNotFound(organisation_id=str(organisation_id))
