"""A test browser: stores cookies, fills in and submits forms, requests HTML."""

import html
import re
from typing import Any

import httpx
import pytest
from sqlmodel.ext.asyncio.session import AsyncSession

from routers.deps import Resources
from tests.conftest import Caller, FakeClock, caller
from tests.identity.auth.conftest import PASSWORD, Account, an_account

HTML = {"Accept": "text/html,application/xhtml+xml,*/*;q=0.8"}
CHROME = "Mozilla/5.0 (Windows NT 6.1) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/86.0 Safari/537.36"


class Browser:
    """The browser of one person."""

    def __init__(self, api: Caller) -> None:
        self.client = caller(api.app, api.resources)
        self.client.headers.update(HTML | {"User-Agent": CHROME})

    async def open(self, path: str, **options: Any) -> httpx.Response:
        return await self.client.get(path, **options)

    async def send(self, path: str, form: dict[str, str], **options: Any) -> httpx.Response:
        return await self.client.post(path, data=form, **options)

    async def fill(self, path: str, **values: str) -> httpx.Response:
        """Open a page, fill in its last form and submit it."""
        page = await self.open(path)
        action, fields = forms(page.text)[-1]
        return await self.send(action, fields | values)

    async def sign_in(self, account: Account, password: str = PASSWORD, **values: str) -> httpx.Response:
        return await self.fill("/pages/sign-in", login=account.login, password=password, **values)


def forms(text: str) -> list[tuple[str, dict[str, str]]]:
    """Return (action, fields with their values) of every form on a page."""
    result = []
    for action, content in re.findall(r'<form method="post" action="([^"]+)"[^>]*>(.*?)</form>', text, re.S):
        fields = re.findall(r'<input [^>]*?name="(\w+)"(?: value="([^"]*)")?', content)
        result.append((action, {name: html.unescape(value) for name, value in fields}))
    return result


@pytest.fixture
def browser(api: Caller) -> Browser:
    return Browser(api)


@pytest.fixture
async def account(session: AsyncSession, api: Caller, resources: Resources, clock: FakeClock) -> Account:
    return await an_account(session, api, resources, clock)


@pytest.fixture
async def signed_in(browser: Browser, account: Account) -> Browser:
    answer = await browser.sign_in(account)
    assert answer.status_code == 303, answer.text
    return browser
