"""Set a local rule. Each setting is a new row; rows never change."""

from uuid import UUID

from sqlmodel import col, func, select
from sqlmodel.ext.asyncio.session import AsyncSession

from schemas.events import EventName
from schemas.events.local_rules import LocalRuleSet
from schemas.identity.local_rules import LocalRuleCreate
from service.foundation.creation import create_once
from service.foundation.errors import NotFound
from service.foundation.events.record import record
from service.foundation.workdays import day_of
from service.identity.access import scope
from service.identity.access.access_log import log_access
from service.identity.access.actor import Actor
from service.identity.access.errors import NotPermitted
from service.identity.local_rules.catalogue import CATALOGUE
from service.identity.local_rules.errors import BeginsInPast, ForWholeJurisdiction, LocalRuleNotFound, OutOfRange
from service.identity.local_rules.tables import LocalRule
from service.identity.tree.tables import Organisation


async def set_rule(
    session: AsyncSession, actor: Actor, rule_id: UUID, request: LocalRuleCreate, request_fingerprint: bytes
) -> tuple[LocalRule, bool]:
    """Set a value of an organisation from a day on; the flag says whether this request did it.

    Raises OrganisationNotFound, NotPermitted, OutOfRange, BeginsInPast, ForWholeJurisdiction, ContentDiffers,
    LocalRuleNotFound for an id that another organisation uses; through a constraint of the database SetMeanwhile.
    """
    await _must_be_permitted(session, actor, request)
    if await session.get(LocalRule, rule_id) is None:
        await _must_be_valid(session, actor, request)
    row = LocalRule(
        id=rule_id,
        author_id=actor.id,
        recorded_at=actor.at,
        number=await _next_number(session, request),
        request_fingerprint=request_fingerprint,
        **request.model_dump(),
    )
    try:
        existing, is_new = await create_once(session, row, "organisation_id", "author_id")
    except NotFound:
        raise LocalRuleNotFound(rule_id=str(rule_id)) from None
    if is_new:
        await _record_event(session, actor, existing)
    return existing, is_new


async def _must_be_permitted(session: AsyncSession, actor: Actor, request: LocalRuleCreate) -> None:
    """Check reach and role. Raises OrganisationNotFound, NotPermitted."""
    await scope.must_reach(session, actor, request.organisation_id)
    if not CATALOGUE[request.key].set_by & await scope.roles_over(session, actor, request.organisation_id):
        raise NotPermitted(permission=actor.permission)


async def _must_be_valid(session: AsyncSession, actor: Actor, request: LocalRuleCreate) -> None:
    """Check value, day and organisation. Raises OutOfRange, BeginsInPast, ForWholeJurisdiction."""
    definition = CATALOGUE[request.key]
    if request.value is not None and not definition.at_least <= request.value <= definition.at_most:
        facts = {"at_least": definition.at_least, "at_most": definition.at_most, "unit": definition.unit}
        raise OutOfRange(key=request.key, **facts)
    if request.valid_from < day_of(actor.at):
        raise BeginsInPast
    parent = select(Organisation.parent_id).where(Organisation.id == request.organisation_id)
    if definition.is_for_whole_jurisdiction and (await session.exec(parent)).one() is not None:
        raise ForWholeJurisdiction(key=request.key)


async def _next_number(session: AsyncSession, request: LocalRuleCreate) -> int:
    """The next number of this key; a concurrent request with the same one fails with SetMeanwhile."""
    last = select(func.max(LocalRule.number)).where(
        LocalRule.organisation_id == request.organisation_id, col(LocalRule.key) == request.key
    )
    return ((await session.exec(last)).one() or 0) + 1


async def _record_event(session: AsyncSession, actor: Actor, rule: LocalRule) -> None:
    await record(
        session,
        EventName.LOCAL_RULE_SET,
        rule,
        actor=actor.event_actor,
        occurred_at=actor.at,
        organisations=[rule.organisation_id],
        payload=LocalRuleSet(organisation_id=rule.organisation_id, key=rule.key, valid_from=rule.valid_from),
    )
    facts = {"key": rule.key, "value": rule.value, "valid_from": rule.valid_from.isoformat()}
    await log_access(session, "local_rule.set", actor_id=actor.id, subject_id=rule.id, facts=facts)
