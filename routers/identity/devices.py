"""One's own devices: where one is signed in, and signing out."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter

from routers.deps import Paged, ReadSession, WriteSession
from routers.guard import Requires
from schemas.foundation.common import Page
from schemas.identity.devices import DeviceOut
from service.foundation.paging import encode_key
from service.identity.access.actor import Actor
from service.identity.access.permissions import Permission
from service.identity.auth import devices

router = APIRouter(prefix="/v1/me", tags=["auth"])
Reader = Annotated[Actor, Requires(Permission.DEVICE_READ)]
Revoking = Annotated[Actor, Requires(Permission.DEVICE_REVOKE)]


@router.get("/devices")
async def list_devices(actor: Reader, page: Paged, session: ReadSession) -> Page[DeviceOut]:
    """The devices you signed in on, newest first, with those signed out and why."""
    found = await devices.own(session, actor, page)
    return Page(items=[devices.shown(actor, row) for row in found.rows], next_cursor=encode_key(found.last))


@router.delete("/devices/{device_id}", status_code=204)
async def revoke_device(device_id: UUID, actor: Revoking, session: WriteSession) -> None:
    """Sign one of your devices out, this one or a lost one; what it holds works for ten minutes at most."""
    await devices.revoke_own(session, actor, device_id)


@router.post("/device-revocations", status_code=204)
async def revoke_other_devices(actor: Revoking, session: WriteSession) -> None:
    """Sign out every device of yours but the one that asks."""
    await devices.revoke_others(session, actor)
