"""Data export, retention rules, proofs of purges, standing notices."""

from typing import Annotated

from fastapi import APIRouter, Query

from routers.deps import AppState, AuditedReadSession, ReadSession, page_of
from routers.guard import Requires
from schemas.foundation.common import Page, PageQuery
from schemas.operations.privacy import (
    OwnData,
    OwnDataQuery,
    OwnDataTable,
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

OwnDataReader = Annotated[Actor, Requires(Permission.OWN_DATA_READ)]
Reader = Annotated[Actor, Requires(Permission.RETENTION_READ)]
Administrator = Annotated[Actor, Requires(Permission.PURGE_READ)]


def _policy(app_state: AppState) -> RetentionPolicy:
    return RetentionPolicy(DOMAINS.retention, app_state.settings)


@own.get("/data")
async def read_own_data(actor: OwnDataReader, audited: AuditedReadSession, app_state: AppState) -> OwnData:
    """All data about you: the newest 200 rows of each table. The read is recorded in the access log."""
    export = await own_data.export_all(audited.session, actor, DOMAINS.records, _policy(app_state))
    await audited.log("own_data.read", actor, actor.id)
    return export


@own.get("/data/{table}")
async def read_more_own_data(
    table: str,
    actor: OwnDataReader,
    query: Annotated[OwnDataQuery, Query()],
    audited: AuditedReadSession,
    app_state: AppState,
) -> OwnDataTable:
    """The next 200 rows of one table. The read is recorded in the access log."""
    rows = await own_data.export_table(
        audited.session, actor, DOMAINS.records, table, decode_code(query.cursor), _policy(app_state)
    )
    await audited.log("own_data.read", actor, actor.id, table=table)
    return rows


@router.get("/retention-rules")
async def read_retention_rules(actor: Reader, app_state: AppState) -> RetentionRules:
    """How long data is kept here, what happens to it then, and the source of each rule."""
    policy = _policy(app_state)
    rules = [
        RetentionRule.model_validate({**vars(rule), "days": policy.kept_days(rule)}) for rule in policy.rules.values()
    ]
    return RetentionRules(policy_version=policy.version, rules=rules)


@router.get("/purges")
async def list_purges(
    actor: Administrator, query: Annotated[PageQuery, Query()], session: ReadSession
) -> Page[PurgeOut]:
    """Proofs of purges in the whole jurisdiction, newest first."""
    proofs = await purge.list_purges(session, actor, query)
    return page_of(proofs, PurgeOut)


@router.get("/notices")
async def list_standing_notices(actor: Reader) -> StandingNotices:
    """Sentences to show where people enter texts or upload files: no state secrets, least data."""
    return StandingNotices(items=[StandingNotice.model_validate(vars(notice)) for notice in NOTICES])
