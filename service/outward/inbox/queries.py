"""Reading the inbox: one's own items, and those of organisations where one may do what they ask for."""

from uuid import UUID

import sqlalchemy as sa
from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from schemas.foundation.common import LATEST
from schemas.outward.inbox import InboxItemOut, InboxKind, InboxOrder
from service.foundation.paging import Key, PageQuery, Slice, newest_first, sliced
from service.identity.access import scope
from service.identity.access.actor import Actor
from service.identity.access.roles import roles_with
from service.outward.inbox.errors import InboxItemNotFound
from service.outward.inbox.kinds import KINDS
from service.outward.inbox.tables import InboxItem

BY_PERMISSION = {
    permission: [kind for kind, meaning in KINDS.items() if meaning.permission is permission]
    for permission in {meaning.permission for meaning in KINDS.values() if meaning.permission}
}
Ids = sa.Select[UUID]


async def seen(session: AsyncSession, actor: Actor, withheld: Ids) -> Ids:
    """The ids of the items that are the actor's to do, without those about `withheld`.

    One part for each permission the actor has anywhere, so that each is found by its index.
    """
    roles = await scope.roles_now(session, actor)
    item = sa.select(col(InboxItem.id))
    if actor.is_person:
        parts = [item.where(col(InboxItem.person_id) == actor.id)]
        parts += [
            item.where(
                col(InboxItem.kind).in_(kinds),
                col(InboxItem.organisation_id).in_(scope.reachable(actor.asking(permission))),
            )
            for permission, kinds in BY_PERMISSION.items()
            if roles.intersection(roles_with(permission))
        ]
    else:
        parts = [item.where(col(InboxItem.organisation_id).in_(scope.reachable(actor)))]
    every = sa.union_all(*parts).subquery()
    hidden = sa.exists().where(col(InboxItem.id) == every.c.id, col(InboxItem.about_id).in_(withheld))
    return sa.select(every.c.id).where(~hidden)


async def page(
    session: AsyncSession,
    actor: Actor,
    withheld: Ids,
    page_query: PageQuery,
    *,
    order: InboxOrder,
    kind: InboxKind | None,
    organisation_id: UUID | None,
) -> Slice[InboxItem]:
    """What waits, by due date or newest first."""
    statement = select(InboxItem).where(
        col(InboxItem.id).in_(await seen(session, actor, withheld)), col(InboxItem.closed_at).is_(None)
    )
    if kind:
        statement = statement.where(InboxItem.kind == kind)
    if organisation_id:
        statement = statement.where(InboxItem.organisation_id == organisation_id)
    if order is InboxOrder.NEWEST:
        return await newest_first(session, statement, col(InboxItem.opened_at), col(InboxItem.id), page_query)
    due = sa.func.coalesce(col(InboxItem.due_at), LATEST)
    if page_query.after:
        after = sa.tuple_(sa.literal(page_query.after.moment), sa.literal(page_query.after.id))
        statement = statement.where(sa.tuple_(due, col(InboxItem.id)) > after)
    rows = (await session.exec(statement.order_by(due, col(InboxItem.id)).limit(page_query.limit + 1))).all()
    return sliced(rows, page_query.limit, lambda row: Key(row.due_at or LATEST, row.id))


async def one(session: AsyncSession, actor: Actor, withheld: Ids, item_id: UUID) -> InboxItem:
    """An item of the actor's, also one that was done. Raises InboxItemNotFound."""
    statement = select(InboxItem).where(
        InboxItem.id == item_id, col(InboxItem.id).in_(await seen(session, actor, withheld))
    )
    found = (await session.exec(statement)).first()
    if found is None:
        raise InboxItemNotFound(item_id=str(item_id))
    return found


def shown(item: InboxItem, public_url: str) -> InboxItemOut:
    """The item in words, with the address where it is done."""
    meaning = KINDS[item.kind]
    page = meaning.page.format(about=item.about_id, person=item.person_id)
    return InboxItemOut.model_validate(
        {
            **item.model_dump(),
            "what_zh": meaning.zh,
            "what_en": meaning.en,
            "link": f"{public_url.rstrip('/')}/v1/{page}",
        }
    )
