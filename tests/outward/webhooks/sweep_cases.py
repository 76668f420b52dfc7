"""Cases of webhooks in the permission sweep."""

from tests.identity.access.sweep.case import Case

ENDPOINT = {"url": "http://127.0.0.1:9/other", "event_names": ["visit.checked_out"]}
CASES = (
    Case("GET /v1/endpoints", listed="endpoint_id"),
    Case("GET /v1/endpoints/{endpoint_id}"),
    Case("GET /v1/endpoints/{endpoint_id}/deliveries"),
    Case("PUT /v1/endpoints/{endpoint_id}", ENDPOINT | {"organisation_id": "{organisation_id}"}, new_id="endpoint_id"),
    Case("PUT /v1/endpoints/{endpoint_id}/subscription", ENDPOINT),
    Case("POST /v1/endpoints/{endpoint_id}/secrets"),
    Case("POST /v1/endpoints/{endpoint_id}/enablements"),
    Case("POST /v1/endpoints/{endpoint_id}/disablements"),
    Case("POST /v1/endpoints/{endpoint_id}/replays", {"delivery_ids": ["{delivery_id}"]}),
)
