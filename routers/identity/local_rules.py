"""Local rules: what an organisation has set, from which day on, and the rule it comes from."""

from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Query, Response

from routers.deps import AppState, Paged, ReadSession, WriteSession
from routers.guard import Requires
from schemas.foundation.common import Day, Page, canonical_fields
from schemas.identity.local_rules import LocalRuleCreate, LocalRuleOut, RuleCatalogue, RuleKey, RulesInForce
from service.foundation.paging import encode_key
from service.identity.access.actor import Actor
from service.identity.access.permissions import Permission
from service.identity.local_rules import actions, queries
from service.identity.local_rules.catalogue import CATALOGUE
from service.identity.local_rules.tables import LocalRule

router = APIRouter(prefix="/v1/local-rules", tags=["local rules"])
Reader = Annotated[Actor, Requires(Permission.LOCAL_RULE_READ)]
Setter = Annotated[Actor, Requires(Permission.LOCAL_RULE_SET)]
AGAIN: dict[int | str, dict[str, Any]] = {200: {"description": "Sent before."}}
Of = Annotated[UUID, Query(description="The organisation it is asked for.")]


@router.get("/catalogue")
async def read_catalogue(actor: Reader) -> RuleCatalogue:
    """Everything that can be set: meaning, unit, limits, default and its source, and who may set it."""
    return RuleCatalogue(items=[described.shown(key) for key, described in CATALOGUE.items()])


@router.get("/effective")
async def read_rules_in_force(
    actor: Reader,
    session: ReadSession,
    organisation_id: Of,
    key: Annotated[RuleKey | None, Query(description="Only this one.")] = None,
    on: Annotated[Day | None, Query(description="What held at the end of that day; left out, what holds now.")] = None,
) -> RulesInForce:
    """What holds for an organisation: its own setting, else the nearest above, else the default. Past days included."""
    return await queries.held(session, organisation_id, [key] if key else list(CATALOGUE), on, actor.at)


@router.get("")
async def list_local_rules(
    actor: Reader,
    page: Paged,
    session: ReadSession,
    organisation_id: Of,
    key: Annotated[RuleKey | None, Query(description="Only this one.")] = None,
) -> Page[LocalRuleOut]:
    """What an organisation itself has set, newest first: the whole history, with author and source."""
    found = await queries.page(session, organisation_id, key, page)
    items = [LocalRuleOut.model_validate(row) for row in found.rows]
    return Page(items=items, next_cursor=encode_key(found.last))


@router.get("/{rule_id}", response_model=LocalRuleOut)
async def read_local_rule(rule_id: UUID, actor: Reader, session: ReadSession) -> LocalRule:
    """One setting."""
    return await queries.one(session, rule_id)


@router.put("/{rule_id}", status_code=201, response_model=LocalRuleOut, responses=AGAIN)
async def set_local_rule(
    rule_id: UUID,
    request: LocalRuleCreate,
    actor: Setter,
    session: WriteSession,
    app_state: AppState,
    response: Response,
) -> LocalRule:
    """Set a figure of an organisation, for it and everything below, from today or a later day on.

    Nothing is edited: a change or a withdrawal (`value` null) is another setting, and what was stays to be read.
    """
    row, is_new = await actions.set_rule(
        session, actor, rule_id, request, app_state.keys.fingerprint(canonical_fields(request))
    )
    response.status_code = 201 if is_new else 200
    return row
