"""Page of the signed-in person's devices: list them, sign them out."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Request, Response
from fastapi.responses import HTMLResponse

from routers.deps import ReadSession, WriteSession
from routers.pages.paging import ListPosition
from routers.pages.session import RequiresOnPage
from routers.pages.shell import ROOT, beijing_time, page, redirect_to
from schemas.identity.devices import RevokedBecause
from service.identity.access.actor import Actor
from service.identity.access.permissions import Permission
from service.identity.auth import devices

router = APIRouter(prefix="/pages", tags=["pages"], include_in_schema=False, default_response_class=HTMLResponse)
Reader = Annotated[Actor, RequiresOnPage(Permission.DEVICE_READ)]
Revoker = Annotated[Actor, RequiresOnPage(Permission.DEVICE_REVOKE)]
HERE = f"{ROOT}/devices"
BECAUSE = {
    RevokedBecause.PERSON: ("您已退出", "you signed it out"),
    RevokedBecause.PASSWORD_CHANGED: ("密码已修改", "the password was changed"),
    RevokedBecause.REFRESH_REUSED: (
        "凭证被重复使用，可能已泄露",
        "its token was used twice and may be stolen",
    ),
    RevokedBecause.ADMINISTRATOR: ("管理员已退出", "an administrator signed it out"),
    RevokedBecause.FACTOR_RESET: ("身份验证器已重置", "the second factor was reset"),
}


@router.get("/devices")
async def show_devices(request: Request, actor: Reader, position: ListPosition, session: ReadSession) -> Response:
    """Your devices: signed in and signed out."""
    devices_page = await devices.page_own(session, actor, position)
    all_devices = [devices.device_out(actor, row) for row in devices_page.rows]
    live = [device for device in all_devices if device.revoked_at is None and device.expires_at > actor.at]
    past = [device for device in all_devices if device not in live]
    next_cursor = devices_page.next_cursor
    return page(
        request,
        "devices.html",
        nav="devices",
        live=live,
        past=past,
        because=BECAUSE,
        beijing_time=beijing_time,
        next_cursor=next_cursor,
    )


@router.post("/devices/{device_id}/sign-out")
async def sign_out_device(device_id: UUID, request: Request, actor: Revoker, session: WriteSession) -> Response:
    """Sign one of your devices out."""
    await devices.revoke_own(session, actor, device_id)
    return redirect_to(request, HERE)


@router.post("/devices/sign-out-others")
async def sign_out_other_devices(request: Request, actor: Revoker, session: WriteSession) -> Response:
    """Sign out all your devices except this browser."""
    await devices.revoke_others(session, actor)
    return redirect_to(request, HERE)
