"""`InboxRule`: which events open and close inbox items of one kind, and who has to act."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

import sqlalchemy as sa

from schemas.events import EventName
from schemas.foundation.manifest import InboxKind
from service.foundation.columns import TIMESTAMP, UUIDS

CHOSEN = "{chosen}"

FORGET_AFTER = "interval '90 days'"
"""SQL: an item for something optional lapses after 90 days."""


def due_at_sql(subject: str, timer: str, overdue: str, condition: str = "") -> str:
    """Return SQL for the due time of a subject: from its timer, else from its last `overdue` event."""
    return f"""coalesce(
        (SELECT timer.due_at FROM timer WHERE timer.subject_id = {subject}.id AND timer.kind = '{timer}'),
        (SELECT CAST(event.payload ->> 'due_at' AS timestamptz) FROM event
         WHERE event.subject_id = {subject}.id AND event.name = '{overdue}' {condition}
         ORDER BY event.epoch DESC, event.transaction_id DESC, event.id DESC LIMIT 1)
    )"""  # noqa: S608 - names from our own code


@dataclass(frozen=True, kw_only=True)
class InboxRule:
    """Events that may open or close an item, and the SQL that selects the items that must be open now.

    `waiting` selects (person_id, organisation_id, subject_id, about_id, due_at, lapses_at); `{chosen}` is replaced by
    the condition on the subjects. `also` selects further subjects that an event about a subject may affect.

    An item for an organisation is visible to people who have `permission` there when they read. None: the item belongs
    to one person.
    """

    kind: InboxKind
    zh: str
    en: str
    permission: StrEnum | None
    """A `Permission`."""
    path: str
    """Path below `/v1` of the endpoint to use; `{about}` is the `about_id` of the item, `{person}` its person."""
    opens: tuple[EventName, ...]
    closes: tuple[EventName, ...]
    waiting: str
    also: str | None = None
    values: Mapping[str, Any] = field(default_factory=dict)
    types: Mapping[str, Any] = field(default_factory=dict)

    @property
    def triggers(self) -> frozenset[EventName]:
        """The events after which the rule is evaluated."""
        return frozenset((*self.opens, *self.closes))

    def statement(self, around: str, chosen: str) -> sa.TextClause:
        """Insert the SQL of the rule, restricted to `chosen`, at `{waiting}` in `around`; bind its values."""
        types = {"now": TIMESTAMP, "subjects": UUIDS, **self.types}
        statement = sa.text(around.format(waiting=self.waiting.replace(CHOSEN, chosen)))
        names = statement.compile().params
        parameters = [sa.bindparam(name, type_=types[name]) for name in types if name in names]
        return statement.bindparams(*parameters).bindparams(**self.values)
