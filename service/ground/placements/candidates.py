"""Candidates of a selection plan: people who match its criteria or have a decision; unranked."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlmodel import col
from sqlmodel.ext.asyncio.session import AsyncSession

from schemas.foundation.common import PageQuery
from schemas.ground.placements import CandidateOut, Criteria, PlacementKind
from service.foundation.paging import Key, Slice, newest_first, slice_page
from service.foundation.workdays import day_of
from service.ground.placements import selections
from service.ground.placements.tables import PersonBackground, Placement, PlacementSelection, SelectionDecisionRecord
from service.identity.access import scope
from service.identity.access.actor import Actor
from service.identity.people.tables import Person
from service.identity.tree.tables import Organisation, Posting

GRASSROOTS_KINDS = (
    PlacementKind.WORK_PRACTICE,
    PlacementKind.SECONDMENT,
    PlacementKind.VILLAGE_POSTING,
    PlacementKind.TEACHING,
)
"""Kinds of placement whose months count as experience; research and volunteering do not count."""
DAYS_PER_MONTH = 30.4375


async def list_candidates(
    session: AsyncSession, actor: Actor, selection_id: UUID, query: PageQuery
) -> Slice[CandidateOut]:
    """List the candidates of a plan, newest person record first. Raises: SelectionNotFound."""
    selection = await selections.get_selection(session, actor, selection_id)
    ordered = newest_first(_candidates(actor, selection), col(Person.created_at), col(Person.id), query)
    rows = (await (await session.connection()).execute(ordered)).all()
    page = slice_page(rows, query, lambda row: Key(row.created_at, row.person_id))
    return Slice([CandidateOut.model_validate(row) for row in page.rows], page.next_cursor)


async def is_candidate(session: AsyncSession, actor: Actor, selection: PlacementSelection, person_id: UUID) -> bool:
    """Return whether the person is a candidate of the plan, so that a decision is allowed."""
    statement = _candidates(actor, selection).where(col(Person.id) == person_id)
    return (await (await session.connection()).execute(statement)).first() is not None


def _candidates(actor: Actor, selection: PlacementSelection) -> sa.Select[*tuple[Any, ...]]:
    """Select the people posted at or below the plan's organisation who match, and all who have a decision."""
    months = _grassroots_months(actor)
    fits = sa.and_(_is_posted_below(actor, selection.organisation_id), *_matches_criteria(selection, months))
    has_decision = sa.and_(
        col(SelectionDecisionRecord.person_id) == col(Person.id),
        col(SelectionDecisionRecord.selection_id) == selection.id,
    )
    return (
        sa.select(
            col(Person.id).label("person_id"),
            col(Person.name),
            col(Person.created_at),
            col(PersonBackground.birth_year),
            months.label("grassroots_months"),
            fits.label("fits_criteria"),
            col(SelectionDecisionRecord.decision),
            col(SelectionDecisionRecord.reason),
            col(SelectionDecisionRecord.version).label("decision_version"),
        )
        .outerjoin(PersonBackground, col(PersonBackground.id) == col(Person.id))
        .outerjoin(SelectionDecisionRecord, has_decision)
        .where(sa.or_(fits, col(SelectionDecisionRecord.id).is_not(None)))
    )


def _matches_criteria(selection: PlacementSelection, months: sa.ColumnElement[int]) -> Sequence[sa.ColumnElement[bool]]:
    """Build the filters of a plan's criteria.

    A person with unknown values matches, so that officers look at them.
    """
    criteria = Criteria.model_validate(selection.criteria)
    filters: list[sa.ColumnElement[bool]] = []
    if criteria.born_in_or_after:
        birth_year = col(PersonBackground.birth_year)
        filters.append(sa.or_(birth_year.is_(None), birth_year >= criteria.born_in_or_after))
    if criteria.grassroots_months_below:
        filters.append(sa.or_(months.is_(None), months < criteria.grassroots_months_below))
    return filters


def _grassroots_months(actor: Actor) -> sa.ColumnElement[int]:
    """Build the sum of earlier months and months of placements up to today.

    It is null when the earlier months are unknown. The date ranges are merged first, so a day in two placements
    counts once.
    """
    today = day_of(actor.at)
    ended_on = sa.cast(sa.func.timezone("Asia/Shanghai", col(Placement.ended_at)), sa.Date)
    last_day = sa.func.least(col(Placement.ends_on), ended_on, today)
    merged_ranges = (
        sa.select(sa.func.range_agg(sa.func.daterange(col(Placement.begins_on), last_day, "[]")))
        .where(
            col(Placement.person_id) == col(Person.id),
            col(Placement.kind).in_(GRASSROOTS_KINDS),
            last_day >= col(Placement.begins_on),
        )
        .correlate(Person)
        .scalar_subquery()
    )
    period = sa.func.unnest(merged_ranges).column_valued("period")
    days = sa.select(sa.func.coalesce(sa.func.sum(sa.func.upper(period) - sa.func.lower(period)), 0)).scalar_subquery()
    return col(PersonBackground.grassroots_months) + sa.cast(sa.func.floor(days / DAYS_PER_MONTH), sa.Integer)


def _is_posted_below(actor: Actor, organisation_id: UUID) -> sa.ColumnElement[bool]:
    ancestor = sa.orm.aliased(Organisation)
    is_below = col(ancestor.path).op("@>", is_comparison=True)(col(Organisation.path))
    return sa.exists(
        sa.select(sa.literal(1))
        .select_from(Posting)
        .join(Organisation, col(Organisation.id) == col(Posting.organisation_id))
        .join(ancestor, is_below)
        .where(
            col(ancestor.id) == organisation_id,
            col(Posting.person_id) == col(Person.id),
            scope.is_in_force(Posting, actor.at),
        )
        .correlate(Person)
    )
