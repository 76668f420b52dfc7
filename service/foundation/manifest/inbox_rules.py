"""`InboxRule`: what opens and closes inbox items of one kind, who has to act, and the sentence that tells it."""

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
"""SQL: an item that asks for something nobody has to do lapses after a quarter."""


def due_at_sql(subject: str, timer: str, overdue: str, condition: str = "") -> str:
    """SQL: when the subject's running timer is due; without one, the `due_at` of its last event `overdue`."""
    return f"""coalesce(
        (SELECT timer.due_at FROM timer WHERE timer.subject_id = {subject}.id AND timer.kind = '{timer}'),
        (SELECT CAST(event.payload ->> 'due_at' AS timestamptz) FROM event
         WHERE event.subject_id = {subject}.id AND event.name = '{overdue}' {condition}
         ORDER BY event.epoch DESC, event.transaction_id DESC, event.id DESC LIMIT 1)
    )"""  # noqa: S608 - words of our own code


@dataclass(frozen=True, kw_only=True)
class InboxRule:
    """Events that may open or close an item, and the SQL that says who is waiting now.

    `waiting` selects (person_id, organisation_id, subject_id, about_id, due_at, lapses_at); `{chosen}` stands for the
    condition on the subjects looked at. `also` finds further subjects that an event about one may concern.

    An item for an organisation is seen by people with `permission` there at the time of reading; None: a person's own.
    """

    kind: InboxKind
    zh: str
    en: str
    permission: StrEnum | None
    """A `Permission`."""
    path: str
    """Below `/v1`: where it is done; `{about}` is the item's `about_id`, `{person}` its person."""
    opens: tuple[EventName, ...]
    closes: tuple[EventName, ...]
    waiting: str
    also: str | None = None
    values: Mapping[str, Any] = field(default_factory=dict)
    types: Mapping[str, Any] = field(default_factory=dict)

    @property
    def touched_by(self) -> frozenset[EventName]:
        """The events after which the rule is looked at."""
        return frozenset((*self.opens, *self.closes))

    def statement(self, around: str, chosen: str) -> sa.TextClause:
        """`around` with the waiting rows at `{waiting}`, restricted to `chosen`; the rule's own values are bound."""
        types = {"now": TIMESTAMP, "subjects": UUIDS, **self.types}
        whole = sa.text(around.format(waiting=self.waiting.replace(CHOSEN, chosen)))
        named = whole.compile().params
        bound = [sa.bindparam(name, type_=types[name]) for name in types if name in named]
        return whole.bindparams(*bound).bindparams(**self.values)
