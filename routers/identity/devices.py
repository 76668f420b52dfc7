"""The devices of the signed-in person: list them, sign them out."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Query

from routers.deps import ReadSession, WriteSession
from routers.guard import Requires
from schemas.foundation.common import Page, PageQuery
from schemas.identity.devices import DeviceOut
from service.identity.access.actor import Actor
from service.identity.access.permissions import Permission
from service.identity.auth import devices

router = APIRouter(prefix="/v1/me", tags=["auth"])
Reader = Annotated[Actor, Requires(Permission.DEVICE_READ)]
Revoker = Annotated[Actor, Requires(Permission.DEVICE_REVOKE)]


@router.get("/devices")
async def list_devices(actor: Reader, query: Annotated[PageQuery, Query()], session: ReadSession) -> Page[DeviceOut]:
    """Your devices, newest first, including signed-out ones with the reason."""
    page = await devices.page_own(session, actor, query)
    return Page(items=[devices.device_out(actor, row) for row in page.rows], next_cursor=page.next_cursor)


@router.delete("/devices/{device_id}", status_code=204)
async def revoke_device(device_id: UUID, actor: Revoker, session: WriteSession) -> None:
    """Sign out one of your devices. Its access token still works until it expires, at most ten minutes."""
    await devices.revoke_own(session, actor, device_id)


@router.post("/device-revocations", status_code=204)
async def revoke_other_devices(actor: Revoker, session: WriteSession) -> None:
    """Sign out all your devices except the one that sends this request."""
    await devices.revoke_others(session, actor)
