"""HTTP calls to a provider through the guarded client; each answer is one JSON object."""

import json
from collections.abc import Mapping
from typing import Any
from urllib.parse import urlencode

from service.foundation.http import READ_BYTES, NoResponse, OutboundClient, Subnets
from service.identity.auth.adapters.errors import unavailable

FORM = "application/x-www-form-urlencoded"


class Calls:
    """Calls to one provider. Each takes at most `timeout_s` seconds and reads at most 64 kB of the answer."""

    def __init__(self, provider: str, *, timeout_s: float, allowed: Subnets) -> None:
        self._provider = provider
        self._timeout_s = timeout_s
        self._allowed = allowed

    async def get(
        self, url: str, query: Mapping[str, str] | None = None, headers: Mapping[str, str] | None = None
    ) -> tuple[int, dict[str, Any]]:
        """Status and JSON object. Raises: ProviderUnavailable."""
        return await self._request("GET", f"{url}?{urlencode(query)}" if query else url, b"", headers or {})

    async def post(
        self, url: str, form: Mapping[str, str], headers: Mapping[str, str] | None = None
    ) -> tuple[int, dict[str, Any]]:
        """Send the fields as a form. Returns status and JSON object. Raises: ProviderUnavailable."""
        return await self._request("POST", url, urlencode(form).encode(), {"content-type": FORM, **(headers or {})})

    async def _request(
        self, method: str, url: str, body: bytes, headers: Mapping[str, str]
    ) -> tuple[int, dict[str, Any]]:
        async with OutboundClient(
            timeout_s=self._timeout_s, allowed=self._allowed, response_bytes=READ_BYTES
        ) as caller:
            answer = await caller.request(method, url, body, {"accept": "application/json", **headers})
        if isinstance(answer, NoResponse):
            raise unavailable(self._provider, answer.value)
        if not answer.is_complete:
            raise unavailable(self._provider, "answer too large")
        if 300 <= answer.status < 400 or answer.status >= 500:
            raise unavailable(self._provider, "status", status=answer.status)
        return answer.status, self._object(answer.text)

    def _object(self, text: str) -> dict[str, Any]:
        try:
            content = json.loads(text)
        except (ValueError, RecursionError):
            raise unavailable(self._provider, "not JSON") from None
        if not isinstance(content, dict):
            raise unavailable(self._provider, "not a JSON object")
        return content
