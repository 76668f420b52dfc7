"""Endpoints of local rules."""

from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Query, Response

from routers.deps import AppState, ReadSession, WriteSession, page_of
from routers.guard import Requires
from schemas.foundation.common import Page, canonical_fields
from schemas.identity.local_rules import (
    EffectiveRulesOut,
    EffectiveRulesQuery,
    LocalRuleCatalogueOut,
    LocalRuleCreate,
    LocalRuleOut,
    LocalRuleQuery,
)
from service.identity.access.actor import Actor
from service.identity.access.permissions import Permission
from service.identity.local_rules import actions, queries
from service.identity.local_rules.catalogue import CATALOGUE
from service.identity.local_rules.tables import LocalRule

router = APIRouter(prefix="/v1/local-rules", tags=["local rules"])
Reader = Annotated[Actor, Requires(Permission.LOCAL_RULE_READ)]
Setter = Annotated[Actor, Requires(Permission.LOCAL_RULE_SET)]
SENT_BEFORE: dict[int | str, dict[str, Any]] = {200: {"description": "The request was sent before."}}


@router.get("/catalogue")
async def read_catalogue(actor: Reader) -> LocalRuleCatalogueOut:
    """All local rules: meaning, unit, limits, default with its source, and who may set each."""
    return LocalRuleCatalogueOut(items=[definition.as_schema(key) for key, definition in CATALOGUE.items()])


@router.get("/effective")
async def read_effective_rules(
    actor: Reader,
    query: Annotated[EffectiveRulesQuery, Query()],
    session: ReadSession,
) -> EffectiveRulesOut:
    """The rules in force for an organisation, now or on a past day.

    For each key this is the organisation's own setting, else that of the nearest superior, else the default.
    """
    return await queries.rules_in_force(
        session, query.organisation_id, [query.key] if query.key else list(CATALOGUE), query.on, actor.at
    )


@router.get("")
async def list_local_rules(
    actor: Reader,
    query: Annotated[LocalRuleQuery, Query()],
    session: ReadSession,
) -> Page[LocalRuleOut]:
    """All settings that an organisation itself has made, newest first, with author and source."""
    rules = await queries.local_rules(session, query)
    return page_of(rules, LocalRuleOut)


@router.get("/{rule_id}", response_model=LocalRuleOut)
async def read_local_rule(rule_id: UUID, actor: Reader, session: ReadSession) -> LocalRule:
    """One local rule."""
    return await queries.local_rule(session, rule_id)


@router.put("/{rule_id}", status_code=201, response_model=LocalRuleOut, responses=SENT_BEFORE)
async def set_local_rule(
    rule_id: UUID,
    request: LocalRuleCreate,
    actor: Setter,
    session: WriteSession,
    app_state: AppState,
    response: Response,
) -> LocalRule:
    """Set a value for an organisation and all below it, from today or a later day on.

    Settings are never edited: to change or withdraw one (`value` null), make another one. Old ones stay readable.
    """
    row, is_new = await actions.set_rule(
        session, actor, rule_id, request, app_state.keys.fingerprint(canonical_fields(request))
    )
    response.status_code = 201 if is_new else 200
    return row
