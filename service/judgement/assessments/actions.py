"""Open a cycle, freeze it dossier by dossier, record the receipt of the receiver."""

from datetime import datetime
from hashlib import sha256
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import insert
from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from schemas.events import EventName
from schemas.events.assessments import DossierStateChanged
from schemas.judgement.assessments import CycleCreate, CycleState, Receipt, ReceiptOut
from service.foundation.columns import TIMESTAMP, UUIDS
from service.foundation.creation import create_once
from service.foundation.crypto import Keys
from service.foundation.events.actors import SYSTEM, EventActor
from service.foundation.events.record import event_insert_sql, record
from service.foundation.ids import new_id
from service.foundation.rows import locked, require_version
from service.identity.access import scope
from service.identity.access.actor import Actor
from service.identity.access.errors import NotPermitted
from service.identity.access.row_level_security import Purpose, set_rls_purpose
from service.judgement.assessments import handover_file, queries, rules, snapshots
from service.judgement.assessments.errors import CycleNotFound, ReceiptDiffers
from service.judgement.assessments.tables import AssessmentCycle, Dossier

HAND_OVER = sa.text(
    """
WITH handed_over AS (
    UPDATE dossier SET handed_over_at = :now WHERE cycle_id = :cycle_id AND handed_over_at IS NULL RETURNING *
), numbered AS (
    SELECT handed_over.*, row_number() OVER (ORDER BY handed_over.person_id) AS number FROM handed_over
)"""  # noqa: S608 - names of our own columns; every value is bound
    + event_insert_sql(
        Dossier,
        "numbered",
        EventName.DOSSIER_HANDED_OVER,
        event_id="(CAST(:event_ids AS uuid[]))[number]",
        occurred_at=":now",
        actor_kind=":actor_kind",
        actor_id=":actor_id",
        person_ids="ARRAY[person_id]",
        payload={"cycle_id": "cycle_id", "person_id": "person_id", "sha256": "sha256"},
    )
    + " FROM numbered"
).bindparams(
    sa.bindparam("event_ids", type_=UUIDS),
    sa.bindparam("now", type_=TIMESTAMP),
)
"""One statement for all dossiers of the cycle, because a receipt is one fact."""


async def open_cycle(
    session: AsyncSession, actor: Actor, cycle_id: UUID, request: CycleCreate, request_fingerprint: bytes
) -> tuple[AssessmentCycle, bool]:
    """Open a cycle over an organisation in reach. Returns the cycle and whether it is new.

    Raises: OrganisationNotFound, NotPermitted, CycleEndsBeforeItBegins, ContentDiffers.
    """
    await scope.must_reach(session, actor, request.organisation_id)
    await scope.must_exist(session, request.receiver_id)
    rules.require_days_in_order(request.from_day, request.until_day)
    row = AssessmentCycle(
        id=cycle_id,
        state=CycleState.COLLECTING,
        opened_at=actor.at,
        request_fingerprint=request_fingerprint,
        **request.model_dump(),
    )
    existing, is_new = await create_once(session, row, "organisation_id")
    if is_new:
        await _record_event(session, existing, EventName.ASSESSMENT_CYCLE_OPENED, actor.event_actor, actor.at)
    return existing, is_new


async def start_freezing(session: AsyncSession, actor: Actor, cycle_id: UUID, expected_version: int) -> AssessmentCycle:
    """Set the time as of which a worker computes all dossiers. A repeated request changes nothing.

    Raises: CycleNotFound, NotPermitted, VersionStale.
    """
    visible_cycle = await queries.read_cycle(session, actor, cycle_id)
    if not await scope.reaches(session, actor, visible_cycle.organisation_id):
        raise NotPermitted(permission=actor.permission)
    cycle = await _lock_cycle(session, cycle_id)
    if cycle.freezing_at is not None:
        return cycle
    require_version(cycle, expected_version)
    cycle.freezing_at = actor.at
    cycle.version += 1
    await _record_event(session, cycle, EventName.ASSESSMENT_CYCLE_FREEZING, actor.event_actor, actor.at)
    return cycle


async def write_dossier(session: AsyncSession, keys: Keys, cycle_id: UUID, person_id: UUID, now: datetime) -> None:
    """Compute, sign and store one dossier, unless it exists or the cycle is frozen."""
    # a shared lock: several workers may write dossiers, but none may close the cycle meanwhile
    statement = select(AssessmentCycle).where(AssessmentCycle.id == cycle_id).with_for_update(read=True)
    cycle = (await session.exec(statement)).one()
    if cycle.freezing_at is None or cycle.state is CycleState.FROZEN:
        return
    await set_rls_purpose(session, Purpose.UPKEEP)
    snapshot = await snapshots.compute_snapshot(session, cycle, person_id, cycle.freezing_at)
    signature = handover_file.sign_snapshot(snapshot, keys.signing)
    row = Dossier(
        id=new_id(),
        cycle_id=cycle_id,
        person_id=person_id,
        snapshot=snapshot,
        jws=signature.jws,
        sha256=signature.sha256,
        frozen_at=now,
    )
    insertion = (
        insert(Dossier).values(row.model_dump()).on_conflict_do_nothing(index_elements=["cycle_id", "person_id"])
    )
    result = await (await session.connection()).execute(insertion.returning(col(Dossier.id)))
    if result.first() is not None:
        payload = DossierStateChanged(cycle_id=cycle_id, person_id=person_id, sha256=signature.sha256)
        await record(
            session,
            EventName.DOSSIER_FROZEN,
            row,
            actor=SYSTEM,
            occurred_at=now,
            persons=[person_id],
            payload=payload,
        )


async def close_cycle(session: AsyncSession, cycle_id: UUID, now: datetime) -> bool:
    """Set the state `frozen` when every dossier is written. Returns whether it is set."""
    cycle = await _lock_cycle(session, cycle_id)
    if cycle.state is CycleState.FROZEN:
        return True
    if await queries.persons_without_dossier(session, cycle, 1):
        return False
    cycle.state, cycle.frozen_at = CycleState.FROZEN, now
    cycle.version += 1
    await _record_event(session, cycle, EventName.ASSESSMENT_CYCLE_FROZEN, SYSTEM, now)
    return True


async def record_receipt(session: AsyncSession, actor: Actor, cycle_id: UUID, receipt: Receipt) -> ReceiptOut:
    """Record that the receiver has exactly the bytes handed over. A repeated request changes nothing.

    Raises: CycleNotFound, CycleNotFrozen, ReceiptDiffers.
    """
    content = await queries.read_handover_file(session, actor, cycle_id)
    expected_sha256 = sha256(content).hexdigest()
    if receipt.sha256 != expected_sha256:
        raise ReceiptDiffers(expected=expected_sha256)
    await _lock_cycle(session, cycle_id)  # serialises receipts of one cycle
    await set_rls_purpose(session, Purpose.RECEIVE, actor)
    dossier_count = content.count(b"\n")
    values = {
        "cycle_id": cycle_id,
        "now": actor.at,
        "actor_kind": actor.kind.value,
        "actor_id": actor.event_actor.id,
        "event_ids": [new_id() for _ in range(dossier_count)],
    }
    await (await session.connection()).execute(HAND_OVER, values)
    first_receipt_at = sa.select(sa.func.min(col(Dossier.handed_over_at))).where(col(Dossier.cycle_id) == cycle_id)
    return ReceiptOut(
        cycle_id=cycle_id, dossiers=dossier_count, received_at=await session.scalar(first_receipt_at) or actor.at
    )


async def _lock_cycle(session: AsyncSession, cycle_id: UUID) -> AssessmentCycle:
    statement = select(AssessmentCycle).where(AssessmentCycle.id == cycle_id)
    return await locked(session, statement, CycleNotFound(cycle_id=str(cycle_id)))


async def _record_event(
    session: AsyncSession, cycle: AssessmentCycle, name: EventName, by: EventActor, now: datetime
) -> None:
    organisation_ids = {cycle.organisation_id}
    if name is EventName.ASSESSMENT_CYCLE_FROZEN:
        organisation_ids.add(cycle.receiver_id)
    await record(session, name, cycle, actor=by, occurred_at=now, organisations=organisation_ids)
