"""Read cycles and dossiers. A dossier is visible to its person and to officers in reach only."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

import sqlalchemy as sa
from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from schemas.events import EventName
from schemas.foundation.common import PageQuery
from schemas.judgement.assessments import CycleState, DossierOut, EvidenceOut
from service.foundation.links import Links
from service.foundation.paging import Key, Slice, decode_key, page_newest_first, slice_page
from service.identity.access import scope
from service.identity.access.actor import Actor
from service.identity.access.permissions import Permission
from service.identity.access.row_level_security import Purpose, rows_under_rls, set_rls_purpose
from service.identity.tree.tables import Organisation, Posting
from service.judgement.assessments import rules, snapshots
from service.judgement.assessments.errors import (
    CycleNotFound,
    CycleNotFrozen,
    DossierNotFound,
    DossierPurged,
    IndicatorNotFound,
)
from service.judgement.assessments.handover_file import DossierSignature, write_line
from service.judgement.assessments.tables import AssessmentCycle, Dossier


@dataclass(frozen=True)
class PersonDossier:
    """The snapshot of a person, and the stored dossier if there is one (else the snapshot is computed)."""

    snapshot: snapshots.Snapshot
    row: Dossier | None


async def read_cycle(session: AsyncSession, actor: Actor, cycle_id: UUID) -> AssessmentCycle:
    """Read a cycle. Raises CycleNotFound."""
    is_visible = col(AssessmentCycle.organisation_id).in_(scope.reachable(actor.asking(Permission.ASSESSMENT_READ)))
    row = (await session.exec(select(AssessmentCycle).where(AssessmentCycle.id == cycle_id, is_visible))).first()
    if row is None:
        raise CycleNotFound(cycle_id=str(cycle_id))
    return row


async def list_cycles(session: AsyncSession, actor: Actor, query: PageQuery) -> Slice[AssessmentCycle]:
    """List the cycles, newest first."""
    statement = select(AssessmentCycle).where(col(AssessmentCycle.organisation_id).in_(scope.reachable(actor)))
    return await page_newest_first(session, statement, col(AssessmentCycle.opened_at), col(AssessmentCycle.id), query)


def select_population(cycle: AssessmentCycle, as_of: datetime) -> sa.Select[UUID]:
    """The ids of the persons with an assessed posting in the organisation or below during the span."""
    span = rules.span_of(cycle.from_day, cycle.until_day, as_of)
    top = sa.orm.aliased(Organisation)
    is_below = col(top.path).op("@>", is_comparison=True)(col(Organisation.path))
    until = col(Posting.valid_until)
    return (
        sa.select(col(Posting.person_id))
        .join(Organisation, col(Organisation.id) == col(Posting.organisation_id))
        .join(top, is_below)
        .where(
            col(top.id) == cycle.organisation_id,
            col(Posting.role).in_(rules.ASSESSED_ROLES),
            col(Posting.valid_from) < span.end,
            sa.or_(until.is_(None), sa.and_(until > span.begin, until > col(Posting.valid_from))),
        )
        .distinct()
    )


async def persons_without_dossier(session: AsyncSession, cycle: AssessmentCycle, at_most: int) -> Sequence[UUID]:
    """Up to `at_most` persons of a freezing cycle without a dossier. Runs as the worker (RLS)."""
    await set_rls_purpose(session, Purpose.UPKEEP)
    assert cycle.freezing_at is not None  # noqa: S101 - callers pass freezing cycles only
    persons = select_population(cycle, cycle.freezing_at).subquery().c.person_id
    has_dossier = sa.exists().where(col(Dossier.cycle_id) == cycle.id, col(Dossier.person_id) == persons)
    missing = sa.select(persons).where(~has_dossier).order_by(persons).limit(at_most)
    return (await (await session.connection()).execute(missing)).scalars().all()


async def read_dossier(session: AsyncSession, actor: Actor, cycle_id: UUID, person_id: UUID) -> PersonDossier:
    """Read the dossier of the actor, or of a person in a cycle in reach.

    Raises: CycleNotFound, DossierNotFound, DossierPurged.
    """
    cycle = await read_cycle(session, actor, cycle_id)
    is_own = scope.sees_own(actor) and person_id == actor.id
    if not is_own and not await scope.reaches(session, actor, cycle.organisation_id):
        raise DossierNotFound(person_id=str(person_id))
    row = await _stored_dossier(session, actor, cycle, person_id)
    if row and not row.jws:
        raise DossierPurged(sha256=row.sha256)
    if row:
        return PersonDossier(row.snapshot, row)
    as_of = cycle.freezing_at or actor.at
    in_population = select_population(cycle, as_of).where(col(Posting.person_id) == person_id).limit(1)
    if cycle.state is CycleState.FROZEN or await session.scalar(in_population) is None:
        raise DossierNotFound(person_id=str(person_id))
    return PersonDossier(await snapshots.compute_snapshot(session, cycle, person_id, as_of), None)


def dossier_out(dossier: PersonDossier) -> DossierOut:
    """Build the response of a dossier."""
    snapshot, row = dossier.snapshot, dossier.row
    return DossierOut.model_validate(
        {
            "cycle_id": snapshot["cycle"]["id"],
            "person_id": snapshot["person_id"],
            "as_of": snapshot["as_of"],
            "figures": [{**figure, "evidence": len(figure["evidence"])} for figure in snapshot["figures"]],
            "sha256": row and row.sha256,
            "frozen_at": row and row.frozen_at,
            "jws": row and row.jws,
            "handed_over_at": row and row.handed_over_at,
        }
    )


def list_evidence(dossier: PersonDossier, code: str, query: PageQuery, links: Links) -> Slice[EvidenceOut]:
    """List the evidence of one figure, newest first. Raises IndicatorNotFound."""
    figure = next((entry for entry in dossier.snapshot["figures"] if entry["code"] == code), None)
    if figure is None:
        raise IndicatorNotFound(code=code)
    rows = [EvidenceOut.model_validate({**row, "link": _link(row, links)}) for row in figure["evidence"]]
    rows.sort(key=lambda row: (row.occurred_at, row.event_id), reverse=True)
    key = decode_key(query.cursor)
    if key:
        start = (key.timestamp, key.id)
        rows = [row for row in rows if (row.occurred_at, row.event_id) < start]
    return slice_page(rows, query, lambda row: Key(row.occurred_at, row.event_id))


async def read_handover_file(session: AsyncSession, actor: Actor, cycle_id: UUID) -> bytes:
    """Build the handover file, ordered by person, for the receiver only.

    Raises: CycleNotFound, CycleNotFrozen.
    """
    cycle = await session.get(AssessmentCycle, cycle_id)
    if cycle is None or not await scope.reaches(session, actor, cycle.receiver_id):
        raise CycleNotFound(cycle_id=str(cycle_id))
    if cycle.state is not CycleState.FROZEN:
        raise CycleNotFrozen(cycle_id=str(cycle_id))
    statement = select(Dossier.person_id, Dossier.sha256, Dossier.jws).order_by(col(Dossier.person_id))
    signed = statement.where(Dossier.cycle_id == cycle_id, Dossier.jws != "")
    rows = await rows_under_rls(session, Purpose.RECEIVE, actor, signed)
    return b"".join(write_line(cycle_id, row["person_id"], DossierSignature(row["sha256"], row["jws"])) for row in rows)


async def _stored_dossier(
    session: AsyncSession, actor: Actor, cycle: AssessmentCycle, person_id: UUID
) -> Dossier | None:
    statement = select(Dossier).where(Dossier.cycle_id == cycle.id, Dossier.person_id == person_id)
    rows = await rows_under_rls(session, Purpose.READ, actor, statement)
    return Dossier(**rows[0]) if rows else None


def _link(row: dict[str, str], links: Links) -> str | None:
    return links.of(EventName(row["event_name"]), UUID(row["subject_id"]))
