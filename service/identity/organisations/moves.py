"""Mending the tree: an organisation goes below another parent, or becomes another kind, with all that hangs on it."""

from collections.abc import Iterable, Sequence
from datetime import datetime
from enum import StrEnum
from uuid import UUID

import sqlalchemy as sa
from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from schemas.events import EventName
from schemas.events.organisations import OrganisationMoved
from schemas.identity.organisation_links import LinkKind
from schemas.identity.organisations import ApprovalAsked, KindAsked, OrganisationKind, ParentAsked, Role
from service.foundation.columns import TreePath
from service.foundation.errors import VersionStale
from service.foundation.events.record import record
from service.identity.access import scope
from service.identity.access.access_log import log_access
from service.identity.access.actor import Actor
from service.identity.access.errors import OrganisationNotFound
from service.identity.access.roles import fits
from service.identity.tree import rules
from service.identity.tree.errors import (
    ChildrenDoNotFit,
    LinkAgainstTree,
    ParentBelowItself,
    RolesDoNotFit,
    RootStays,
    TooManyBelow,
)
from service.identity.tree.shape_lock import change_shape
from service.identity.tree.tables import Organisation, OrganisationLink, Posting

MOVED_AT_MOST = 20_000
"""Organisations moved in one step: about a second, and no writing transaction outlives two."""
MOVE = sa.text(
    "UPDATE organisation SET path = CAST(:above AS ltree) || subpath(path, nlevel(CAST(:old AS ltree)) - 1)"
    " WHERE path <@ CAST(:old AS ltree)"
)


async def move_organisation(
    session: AsyncSession, actor: Actor, organisation_id: UUID, asked: ParentAsked, based_on: int
) -> Organisation:
    """Put an organisation with all below it under another parent; rights follow at once, being computed from paths.

    Raises OrganisationNotFound, NotPermitted, RootStays, VersionStale, ParentBelowItself, ParentOfOtherFamily,
    ParentDoesNotFit, ApprovalMissing, LinkAgainstTree, TooManyBelow.
    """
    await change_shape(session)
    kept = await in_reach(session, actor, organisation_id)
    parent = await in_reach(session, actor, asked.parent_id)
    if kept.parent_id is None:
        raise RootStays
    await scope.must_be_open(session, parent.id)
    left = await in_reach(session, actor, kept.parent_id)
    if left.id == parent.id and not _adds_approval(kept, asked):
        return kept
    if kept.version != based_on:
        raise VersionStale(current_version=kept.version)
    await _must_go(session, kept, parent, asked, actor.at)
    await _move_paths(session, kept, parent)
    kept.parent_id, kept.version = parent.id, kept.version + 1
    _approve(kept, asked)
    moved = OrganisationMoved(from_id=left.id, to_id=parent.id)
    await record(
        session,
        EventName.ORGANISATION_MOVED,
        kept,
        actor_id=actor.id,
        occurred_at=actor.at,
        organisations=[kept.id, left.id, parent.id],
        payload=moved,
    )
    await log_access(session, EventName.ORGANISATION_MOVED.value, actor_id=actor.id, subject_id=kept.id)
    return kept


async def change_kind(
    session: AsyncSession, actor: Actor, organisation_id: UUID, asked: KindAsked, based_on: int
) -> Organisation:
    """Make an organisation what it is; what fitted before must go on fitting.

    Raises OrganisationNotFound, NotPermitted, VersionStale, KindOfOtherFamily, ParentDoesNotFit, ApprovalMissing,
    ChildrenDoNotFit, RolesDoNotFit, LinkDoesNotFit.
    """
    await change_shape(session)
    kept = await in_reach(session, actor, organisation_id)
    if kept.kind is asked.kind and not _adds_approval(kept, asked):
        return kept
    if kept.version != based_on:
        raise VersionStale(current_version=kept.version)
    rules.must_be_kind_of(kept.family, asked.kind)
    if kept.parent_id:
        parent = await session.get_one(Organisation, kept.parent_id)
        rules.must_fit(parent.kind, asked.kind, is_approved=_is_approved(kept, asked))
    await _must_go_on_fitting(session, actor.at, kept, asked.kind)
    kept.kind, kept.version = asked.kind, kept.version + 1
    _approve(kept, asked)
    told = [kept.id, *([kept.parent_id] if kept.parent_id else [])]
    name = EventName.ORGANISATION_CHANGED
    await record(session, name, kept, actor_id=actor.id, occurred_at=actor.at, organisations=told)
    return kept


async def in_reach(session: AsyncSession, actor: Actor, organisation_id: UUID) -> Organisation:
    """The row as it stands now, locked against other changes of it."""
    await scope.must_reach(session, actor, organisation_id)
    statement = select(Organisation).where(Organisation.id == organisation_id).with_for_update(key_share=True)
    found = (await session.exec(statement.execution_options(populate_existing=True))).first()
    if found is None:
        raise OrganisationNotFound(organisation_id=str(organisation_id))
    return found


def _is_approved(kept: Organisation, asked: ApprovalAsked) -> bool:
    return (asked.approval_number or kept.approval_number) is not None


def _adds_approval(kept: Organisation, asked: ApprovalAsked) -> bool:
    said = (asked.approval_number, asked.approved_on)
    return said not in {(None, None), (kept.approval_number, kept.approved_on)}


def _approve(kept: Organisation, asked: ApprovalAsked) -> None:
    if asked.approval_number or asked.approved_on:
        kept.approval_number, kept.approved_on = asked.approval_number, asked.approved_on


async def _must_go(
    session: AsyncSession, kept: Organisation, parent: Organisation, asked: ParentAsked, at: datetime
) -> None:
    """Raises ParentBelowItself, ParentOfOtherFamily, ParentDoesNotFit, ApprovalMissing, LinkAgainstTree."""
    if parent.path == kept.path or parent.path.startswith(f"{kept.path}."):
        raise ParentBelowItself
    rules.must_share_tree(parent.family, kept.family)
    rules.must_fit(parent.kind, kept.kind, is_approved=_is_approved(kept, asked))
    below, above = sa.orm.aliased(Organisation), sa.orm.aliased(Organisation)
    against = (
        select(OrganisationLink.kind)
        .join(below, col(below.id) == col(OrganisationLink.from_id))
        .join(above, col(above.id) == col(OrganisationLink.to_id))
        .where(
            col(OrganisationLink.kind).in_(rules.DOWNWARD),
            scope.has_not_ended(OrganisationLink, at),
            col(below.path).op("<@", is_comparison=True)(sa.cast(kept.path, TreePath)),
            col(above.path).op("@>", is_comparison=True)(sa.cast(parent.path, TreePath)),
        )
    )
    kind = (await session.exec(against.limit(1))).first()
    if kind:
        raise LinkAgainstTree(kind=LinkKind(kind).value)


async def _move_paths(session: AsyncSession, kept: Organisation, parent: Organisation) -> None:
    """Raises TooManyBelow."""
    subtree = col(Organisation.path).op("<@", is_comparison=True)(sa.cast(kept.path, TreePath))
    first = sa.select(col(Organisation.id)).where(subtree).limit(MOVED_AT_MOST + 1).subquery()
    if (await session.scalar(sa.select(sa.func.count()).select_from(first)) or 0) > MOVED_AT_MOST:
        raise TooManyBelow(at_most=MOVED_AT_MOST)
    await (await session.connection()).execute(MOVE, {"above": parent.path, "old": kept.path})
    await session.refresh(kept, ["path"])


async def _must_go_on_fitting(session: AsyncSession, at: datetime, kept: Organisation, new: OrganisationKind) -> None:
    """Raises ChildrenDoNotFit, RolesDoNotFit, LinkDoesNotFit."""
    children = select(Organisation.kind).where(Organisation.parent_id == kept.id).distinct()
    kinds = [OrganisationKind(kind) for kind in (await session.exec(children)).all()]
    odd = [kind for kind in kinds if rules.fit(kept.kind, kind) > rules.fit(new, kind)]
    if odd:
        raise ChildrenDoNotFit(kind=new.value, kinds=_listed(odd))
    posted = select(Posting.role).where(Posting.organisation_id == kept.id, scope.has_not_ended(Posting, at)).distinct()
    roles = [Role(role) for role in (await session.exec(posted)).all()]
    unfit = [role for role in roles if fits(role, kept.family, kept.kind) and not fits(role, kept.family, new)]
    if unfit:
        raise RolesDoNotFit(kind=new.value, roles=_listed(unfit))
    for link, start, end in await _links_of(session, kept.id, at):
        rules.must_link(link.kind, *(new if one.id == kept.id else one.kind for one in (start, end)))


async def _links_of(
    session: AsyncSession, organisation_id: UUID, at: datetime
) -> Sequence[tuple[OrganisationLink, Organisation, Organisation]]:
    start, end = sa.orm.aliased(Organisation), sa.orm.aliased(Organisation)
    statement = (
        select(OrganisationLink, start, end)
        .join(start, col(start.id) == col(OrganisationLink.from_id))
        .join(end, col(end.id) == col(OrganisationLink.to_id))
        .where(
            sa.or_(col(start.id) == organisation_id, col(end.id) == organisation_id),
            scope.has_not_ended(OrganisationLink, at),
        )
    )
    return (await session.exec(statement)).all()


def _listed(words: Iterable[StrEnum]) -> str:
    return ", ".join(sorted(words))
