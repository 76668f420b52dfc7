"""Planned selection: criteria as data, a list computed from facts, decisions by people. No score, no order of merit."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from schemas.events import EventName
from schemas.events.placements import SelectionDecided, SelectionMoved
from schemas.placements import (
    BackgroundAsked,
    CandidateOut,
    Criteria,
    DecisionAsked,
    PlacementKind,
    SelectionAsked,
)
from service.access import scope
from service.access.actor import Actor
from service.core.ids import new_id
from service.core.once import create_once
from service.core.paging import Key, PageAsked, Slice, after, sliced
from service.core.workdays import day_of
from service.events.record import record
from service.organisations.tables import Organisation, Posting
from service.people.queries import person
from service.people.tables import Person
from service.placements.errors import NotOnTheList, SelectionNotFound
from service.placements.tables import PersonBackground, Placement, PlacementSelection, SelectionDecisionMade

AT_THE_GRASSROOTS = (
    PlacementKind.WORK_PRACTICE,
    PlacementKind.SECONDMENT,
    PlacementKind.VILLAGE_POSTING,
    PlacementKind.TEACHING,
)
"""Placements whose months count as experience; a study or an hour of volunteering does not."""
DAYS_A_MONTH = 30.4375


async def make(
    session: AsyncSession, actor: Actor, selection_id: UUID, asked: SelectionAsked, sameness: bytes
) -> tuple[PlacementSelection, bool]:
    """A year's plan. Raises OrganisationNotFound, NotPermitted, ContentDiffers; the database SelectionExists."""
    await scope.must_reach(session, actor, asked.organisation_id)
    row = PlacementSelection(
        id=selection_id,
        organisation_id=asked.organisation_id,
        year=asked.year,
        criteria=asked.criteria.model_dump(mode="json"),
        planned=asked.planned,
        created_at=actor.at,
        sameness=sameness,
    )
    kept, is_new = await create_once(session, row, "organisation_id")
    if is_new:
        await record(
            session,
            EventName.PLACEMENT_SELECTION_MADE,
            kept,
            actor_id=actor.id,
            occurred_at=actor.at,
            organisations=[kept.organisation_id],
            payload=SelectionMoved(organisation_id=kept.organisation_id, year=kept.year),
        )
    return kept, is_new


async def one(session: AsyncSession, actor: Actor, selection_id: UUID) -> PlacementSelection:
    """A plan of an organisation in reach. Raises SelectionNotFound."""
    statement = select(PlacementSelection).where(
        PlacementSelection.id == selection_id, col(PlacementSelection.organisation_id).in_(scope.reachable(actor))
    )
    found = (await session.exec(statement)).first()
    if found is None:
        raise SelectionNotFound(selection_id=str(selection_id))
    return found


async def candidates(
    session: AsyncSession, actor: Actor, selection: PlacementSelection, asked: PageAsked
) -> Slice[CandidateOut]:
    """Whom the criteria fit now, newest on record first."""
    statement = _fitting(actor, selection)
    if asked.after:
        statement = statement.where(after(col(Person.created_at), col(Person.id), asked.after))
    newest_first = statement.order_by(col(Person.created_at).desc(), col(Person.id).desc())
    rows = (await (await session.connection()).execute(newest_first.limit(asked.limit + 1))).all()
    found = sliced(rows, asked.limit, lambda row: Key(row.created_at, row.person_id))
    return Slice([CandidateOut.model_validate(row) for row in found.rows], found.last)


async def decide(
    session: AsyncSession, actor: Actor, selection: PlacementSelection, person_id: UUID, asked: DecisionAsked
) -> SelectionDecisionMade:
    """People decide about somebody on the list; deciding anew is a new version. Raises NotOnTheList."""
    fits = _fitting(actor, selection).where(col(Person.id) == person_id)
    if (await (await session.connection()).execute(fits)).first() is None:
        raise NotOnTheList(person_id=str(person_id))
    statement = select(SelectionDecisionMade).where(
        SelectionDecisionMade.selection_id == selection.id, SelectionDecisionMade.person_id == person_id
    )
    kept = (await session.exec(statement.with_for_update())).first()
    if kept and (kept.decision, kept.reason) == (asked.decision, asked.reason):
        return kept
    said: dict[str, Any] = {
        "decision": asked.decision,
        "reason": asked.reason,
        "decided_by": actor.id,
        "decided_at": actor.at,
    }
    if kept is None:
        kept = SelectionDecisionMade(id=new_id(), selection_id=selection.id, person_id=person_id, **said)
        session.add(kept)
    else:
        kept.sqlmodel_update({**said, "version": kept.version + 1})
    await record(
        session,
        EventName.SELECTION_DECISION_MADE,
        kept,
        actor_id=actor.id,
        occurred_at=actor.at,
        organisations=[selection.organisation_id],
        payload=SelectionDecided(selection_id=selection.id, person_id=person_id),
    )
    return kept


async def set_background(
    session: AsyncSession, actor: Actor, person_id: UUID, asked: BackgroundAsked
) -> tuple[PersonBackground, bool]:
    """Note what a plan needs to know of a person in reach. Raises PersonNotFound."""
    await person(session, actor, person_id)
    kept = await session.get(PersonBackground, person_id, with_for_update=True)
    is_new = kept is None
    if kept is None:
        kept = PersonBackground(id=person_id, set_at=actor.at, **asked.model_dump())
        session.add(kept)
    elif (kept.birth_year, kept.grassroots_months) == (asked.birth_year, asked.grassroots_months):
        return kept, False
    else:
        kept.sqlmodel_update({**asked.model_dump(), "set_at": actor.at, "version": kept.version + 1})
    name = EventName.PERSON_BACKGROUND_SET
    await record(session, name, kept, actor_id=actor.id, occurred_at=actor.at, persons=[person_id])
    return kept, is_new


def _fitting(actor: Actor, selection: PlacementSelection) -> sa.Select[*tuple[Any, ...]]:
    """Persons posted at or below the plan's organisation whom the criteria do not exclude, with the facts."""
    months = _months(actor)
    decided = sa.and_(
        col(SelectionDecisionMade.person_id) == col(Person.id), col(SelectionDecisionMade.selection_id) == selection.id
    )
    return (
        sa.select(
            col(Person.id).label("person_id"),
            col(Person.name),
            col(Person.created_at),
            col(PersonBackground.birth_year),
            months.label("grassroots_months"),
            col(SelectionDecisionMade.decision),
            col(SelectionDecisionMade.reason),
        )
        .outerjoin(PersonBackground, col(PersonBackground.id) == col(Person.id))
        .outerjoin(SelectionDecisionMade, decided)
        .where(_posted_below(actor, selection.organisation_id), *_met(selection, months))
    )


def _met(selection: PlacementSelection, months: sa.ColumnElement[int]) -> Sequence[sa.ColumnElement[bool]]:
    """The criteria; somebody about whom nothing is known stays on the list for people to look at."""
    criteria = Criteria.model_validate(selection.criteria)
    wanted: list[sa.ColumnElement[bool]] = []
    if criteria.born_in_or_after:
        born = col(PersonBackground.birth_year)
        wanted.append(sa.or_(born.is_(None), born >= criteria.born_in_or_after))
    if criteria.grassroots_months_below:
        wanted.append(sa.or_(months.is_(None), months < criteria.grassroots_months_below))
    return wanted


def _months(actor: Actor) -> sa.ColumnElement[int]:
    """Months known before plus those of placements up to today; null when nobody has said the former."""
    today = day_of(actor.at)
    ended_on = sa.cast(sa.func.timezone("Asia/Shanghai", col(Placement.ended_at)), sa.Date)
    last = sa.func.least(col(Placement.ends_on), ended_on, today)
    days = sa.func.greatest(last - col(Placement.begins_on) + 1, 0)
    here = (
        sa.select(sa.func.coalesce(sa.func.sum(days), 0))
        .where(col(Placement.person_id) == col(Person.id), col(Placement.kind).in_(AT_THE_GRASSROOTS))
        .scalar_subquery()
    )
    return col(PersonBackground.grassroots_months) + sa.cast(sa.func.floor(here / DAYS_A_MONTH), sa.Integer)


def _posted_below(actor: Actor, organisation_id: UUID) -> sa.ColumnElement[bool]:
    above = sa.orm.aliased(Organisation)
    below = col(above.path).op("@>", is_comparison=True)(col(Organisation.path))
    return sa.exists(
        sa.select(sa.literal(1))
        .select_from(Posting)
        .join(Organisation, col(Organisation.id) == col(Posting.organisation_id))
        .join(above, below)
        .where(
            col(above.id) == organisation_id,
            col(Posting.person_id) == col(Person.id),
            scope.holds(Posting, actor.at),
        )
        .correlate(Person)
    )
