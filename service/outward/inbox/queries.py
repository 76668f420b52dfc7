"""Reading the inbox: one's own items, and those of organisations where one may do what they ask for."""

from collections.abc import Mapping
from uuid import UUID

import sqlalchemy as sa
from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from schemas.foundation.common import LATEST
from schemas.foundation.manifest import InboxKind
from schemas.outward.inbox import InboxItemOut, InboxOrder, InboxQuery
from service.foundation.manifest.inbox_rules import InboxRule
from service.foundation.paging import (
    Key,
    Slice,
    decode_key,
    filter_equal,
    page_newest_first,
    sliced,
)
from service.identity.access import scope
from service.identity.access.actor import Actor
from service.identity.access.permissions import Permission
from service.identity.access.roles import roles_with
from service.outward.inbox.errors import InboxItemNotFound
from service.outward.inbox.tables import InboxItem

Rules = Mapping[InboxKind, InboxRule]
Ids = sa.Select[UUID]


def _by_permission(rules: Rules) -> dict[Permission, list[InboxKind]]:
    permissions = {Permission(rule.permission) for rule in rules.values() if rule.permission}
    return {one: [kind for kind, rule in rules.items() if rule.permission is one] for one in permissions}


async def visible_item_ids(session: AsyncSession, actor: Actor, rules: Rules, withheld: Ids) -> Ids:
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
            for permission, kinds in _by_permission(rules).items()
            if roles.intersection(roles_with(permission))
        ]
    else:
        parts = [item.where(col(InboxItem.organisation_id).in_(scope.reachable(actor)))]
    every = sa.union_all(*parts).subquery()
    hidden = sa.exists().where(col(InboxItem.id) == every.c.id, col(InboxItem.about_id).in_(withheld))
    return sa.select(every.c.id).where(~hidden)


async def list_items(
    session: AsyncSession, actor: Actor, rules: Rules, withheld: Ids, query: InboxQuery
) -> Slice[InboxItem]:
    """What waits, by due date or newest first."""
    statement = select(InboxItem).where(
        col(InboxItem.id).in_(await visible_item_ids(session, actor, rules, withheld)),
        col(InboxItem.closed_at).is_(None),
    )
    statement = filter_equal(statement, InboxItem, query, "kind", "organisation_id")
    if query.order is InboxOrder.NEWEST:
        return await page_newest_first(session, statement, col(InboxItem.opened_at), col(InboxItem.id), query)
    due = sa.func.coalesce(col(InboxItem.due_at), LATEST)
    if key := decode_key(query.cursor):
        after = sa.tuple_(sa.literal(key.timestamp), sa.literal(key.id))
        statement = statement.where(sa.tuple_(due, col(InboxItem.id)) > after)
    rows = (await session.exec(statement.order_by(due, col(InboxItem.id)).limit(query.limit + 1))).all()
    return sliced(rows, query, lambda row: Key(row.due_at or LATEST, row.id))


async def read_item(session: AsyncSession, actor: Actor, rules: Rules, withheld: Ids, item_id: UUID) -> InboxItem:
    """An item of the actor's, also one that was done. Raises InboxItemNotFound."""
    statement = select(InboxItem).where(
        InboxItem.id == item_id, col(InboxItem.id).in_(await visible_item_ids(session, actor, rules, withheld))
    )
    found = (await session.exec(statement)).first()
    if found is None:
        raise InboxItemNotFound(item_id=str(item_id))
    return found


def item_out(item: InboxItem, rules: Rules, public_url: str) -> InboxItemOut:
    """The item in words, with the address where it is done."""
    rule = rules[item.kind]
    path = rule.path.format(about=item.about_id, person=item.person_id)
    return InboxItemOut.model_validate(
        {
            **item.model_dump(),
            "what_zh": rule.zh,
            "what_en": rule.en,
            "link": f"{public_url.rstrip('/')}/v1/{path}",
        }
    )
