"""Place picker: search places by distance, name or pinyin."""

from typing import Annotated

from fastapi import APIRouter

from routers.deps import ReadSession
from routers.guard import Requires
from schemas.ground.picker import PlaceSearchOut, PlaceSearchQuery
from service.ground.picker import queries
from service.identity.access.actor import Actor
from service.identity.access.permissions import Permission

router = APIRouter(prefix="/v1/places", tags=["places"])
Reader = Annotated[Actor, Requires(Permission.PLACE_READ)]


@router.post("/searches")
async def search_places(request: PlaceSearchQuery, actor: Reader, session: ReadSession) -> PlaceSearchOut:
    """Search places by distance, name or pinyin; your own contact points come first.

    The search is not stored. It is a POST, so that the position is in no URL and no log.
    """
    return PlaceSearchOut(items=await queries.search_places(session, actor, request))
