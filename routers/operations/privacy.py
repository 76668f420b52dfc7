"""What is held on oneself, how long things are kept, the proofs of their removal, and the standing notices."""

from typing import Annotated

from fastapi import APIRouter, Query

from routers.deps import AppState, AuditedReadSession, ReadSession, page_of
from routers.guard import Requires
from schemas.foundation.common import Page, PageQuery
from schemas.operations.privacy import (
    HeldTable,
    OwnData,
    OwnDataQuery,
    PurgeOut,
    RetentionRule,
    RetentionRules,
    StandingNotice,
    StandingNotices,
)
from service.domains import DOMAINS
from service.foundation.notices import NOTICES
from service.foundation.paging import decode_code
from service.identity.access.actor import Actor
from service.identity.access.permissions import Permission
from service.operations.privacy import own_data, purge
from service.operations.privacy.retention import RetentionPolicy

own = APIRouter(prefix="/v1/me", tags=["privacy"])
router = APIRouter(prefix="/v1", tags=["privacy"])

Oneself = Annotated[Actor, Requires(Permission.OWN_DATA_READ)]
Reader = Annotated[Actor, Requires(Permission.RETENTION_READ)]
Administrator = Annotated[Actor, Requires(Permission.PURGE_READ)]


def _policy(app_state: AppState) -> RetentionPolicy:
    return RetentionPolicy(DOMAINS.retention, app_state.settings)


@own.get("/data")
async def read_own_data(actor: Oneself, audited: AuditedReadSession, app_state: AppState) -> OwnData:
    """Everything held on you: the newest 200 rows of each table, with why and how long. Written to the access log."""
    found = await own_data.everything(audited.session, actor, DOMAINS.records, _policy(app_state))
    await audited.log("own_data.read", actor, actor.id)
    return found


@own.get("/data/{table}")
async def read_more_own_data(
    table: str,
    actor: Oneself,
    query: Annotated[OwnDataQuery, Query()],
    audited: AuditedReadSession,
    app_state: AppState,
) -> HeldTable:
    """The next 200 rows of one table. Written to the access log."""
    found = await own_data.of_table(
        audited.session, actor, DOMAINS.records, table, decode_code(query.cursor), _policy(app_state)
    )
    await audited.log("own_data.read", actor, actor.id, table=table)
    return found


@router.get("/retention-rules")
async def read_retention_rules(actor: Reader, app_state: AppState) -> RetentionRules:
    """How long things are kept here, what becomes of them then, and where the rule comes from."""
    policy = _policy(app_state)
    rules = [
        RetentionRule.model_validate({**vars(rule), "days": policy.kept_days(rule)}) for rule in policy.rules.values()
    ]
    return RetentionRules(policy_version=policy.version, rules=rules)


@router.get("/purges")
async def list_purges(
    actor: Administrator, query: Annotated[PageQuery, Query()], session: ReadSession
) -> Page[PurgeOut]:
    """Proofs of what was removed or masked when its time was over, newest first; for the whole jurisdiction."""
    found = await purge.purges(session, actor, query)
    return page_of(found, PurgeOut)


@router.get("/notices")
async def list_standing_notices(actor: Reader) -> StandingNotices:
    """Sentences to show wherever texts and files go in: no state secrets, least data."""
    return StandingNotices(items=[StandingNotice.model_validate(vars(notice)) for notice in NOTICES])
