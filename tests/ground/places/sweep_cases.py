"""Cases of places in the permission sweep."""

from tests.identity.access.sweep.case import Case

CIRCLE = {"longitude_deg": 118.8, "latitude_deg": 32.0, "datum": "wgs84"}
FENCE = {"name": "围栏", "shape": {"kind": "circle", "centre": CIRCLE, "radius_m": 50}}
CASES = (
    Case("GET /v1/places", listed="place_id"),
    Case("GET /v1/places", listed="place_id", query={"organisation_id": "{organisation_id}"}),
    Case("GET /v1/places/{place_id}"),
    Case(
        "PUT /v1/places/{place_id}",
        {"kind": "community", "name": "新社区", "organisation_id": "{organisation_id}"},
        new_id="place_id",
    ),
    Case("PUT /v1/places/{place_id}/description", {"name": "改名", "division_code": None}),
    Case("PUT /v1/places/{place_id}/fences/{fence_id}", FENCE, new_id="fence_id"),
    Case("DELETE /v1/places/{place_id}/fences/{fence_id}"),
    Case(
        "PUT /v1/places/{place_id}/readings/{reading_id}",
        {"title": "村情简介", "link": "https://example.com/1"},
        new_id="reading_id",
    ),
    Case("DELETE /v1/places/{place_id}/readings/{reading_id}"),
    Case("GET /v1/fence-proposals", listed="proposal_id"),
    Case("GET /v1/fence-proposals", listed="proposal_id", query={"place_id": "{place_id}"}),
    Case("PUT /v1/fence-proposals/{proposal_id}/decision", {"is_accepted": True}),
    Case(
        "PUT /v1/places/{place_id}",
        {"kind": "grid", "name": "网格", "organisation_id": "{organisation_id}", "parent_id": "{place_id}"},
        new_id="place_id",
        note="a grid",
    ),
    Case("GET /v1/places/{place_id}/site-code"),
)
