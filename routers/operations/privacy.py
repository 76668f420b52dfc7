"""What is held on oneself, how long things are kept, the proofs of their removal, and the standing notices."""

from typing import Annotated

from fastapi import APIRouter, Query

from routers.deps import AppState, AuditedReadSession, Paged, ReadSession
from routers.guard import Requires
from schemas.foundation.common import Page
from schemas.operations.privacy import (
    HeldTable,
    OwnData,
    PurgeOut,
    RetentionRule,
    RetentionRules,
    StandingNotice,
    StandingNotices,
)
from service.foundation.notices import NOTICES
from service.foundation.paging import decode_word, encode_key
from service.identity.access.actor import Actor
from service.identity.access.permissions import Permission
from service.operations.privacy import own_data, purge
from service.operations.privacy.retention import RULES, kept_days, policy_version

own = APIRouter(prefix="/v1/me", tags=["privacy"])
router = APIRouter(prefix="/v1", tags=["privacy"])

Oneself = Annotated[Actor, Requires(Permission.OWN_DATA_READ)]
Reader = Annotated[Actor, Requires(Permission.RETENTION_READ)]
Administrator = Annotated[Actor, Requires(Permission.PURGE_READ)]


@own.get("/data")
async def read_own_data(actor: Oneself, door: AuditedReadSession, app_state: AppState) -> OwnData:
    """Everything held on you: the newest 200 rows of each table, with why and how long. Written to the access log."""
    found = await own_data.everything(door.session, actor, app_state.settings)
    await door.log("own_data.read", actor, actor.id)
    return found


@own.get("/data/{table}")
async def read_more_own_data(
    table: str,
    actor: Oneself,
    door: AuditedReadSession,
    app_state: AppState,
    cursor: Annotated[str | None, Query(max_length=500)] = None,
) -> HeldTable:
    """The next 200 rows of one table. Written to the access log."""
    found = await own_data.of_table(door.session, actor, table, decode_word(cursor), app_state.settings)
    await door.log("own_data.read", actor, actor.id, table=table)
    return found


@router.get("/retention-rules")
async def read_retention_rules(actor: Reader, app_state: AppState) -> RetentionRules:
    """How long things are kept here, what becomes of them then, and where the rule comes from."""
    rules = [
        RetentionRule.model_validate({**vars(rule), "days": kept_days(rule, app_state.settings)}) for rule in RULES
    ]
    return RetentionRules(policy_version=policy_version(app_state.settings), rules=rules)


@router.get("/purges")
async def list_purges(actor: Administrator, page: Paged, session: ReadSession) -> Page[PurgeOut]:
    """Proofs of what was removed or masked when its time was over, newest first; for the whole jurisdiction."""
    found = await purge.purges(session, actor, page)
    items = [PurgeOut.model_validate(row) for row in found.rows]
    return Page(items=items, next_cursor=encode_key(found.last))


@router.get("/notices")
async def list_standing_notices(actor: Reader) -> StandingNotices:
    """Sentences to show wherever texts and files go in: no state secrets, least data."""
    return StandingNotices(items=[StandingNotice.model_validate(vars(notice)) for notice in NOTICES])
