"""Sessions of pages: a session is a device, and its forms have a CSRF token."""

import psycopg
import pytest
from sqlmodel.ext.asyncio.session import AsyncSession

from routers.app import create_app
from routers.deps import Resources
from routers.pages.session import FIRST, safe_next
from service.foundation.settings import Settings
from tests.conftest import Caller, FakeClock, caller
from tests.identity.auth.conftest import PASSWORD, Account, an_account
from tests.pages.conftest import Browser, forms


@pytest.fixture(scope="module")
def settings(settings: Settings) -> Settings:
    return settings.model_copy(update={"requests_per_minute_device": 40})


async def test_page_without_session_redirects_to_sign_in_and_back(browser: Browser, account: Account) -> None:
    redirect = await browser.open("/pages/devices?limit=10")

    signed_in = await browser.fill(redirect.headers["location"], login=account.login, password=PASSWORD)

    assert (redirect.status_code, signed_in.status_code) == (303, 303)
    assert signed_in.headers["location"] == "/pages/devices?limit=10"
    assert (await browser.open(signed_in.headers["location"])).status_code == 200


async def test_browser_is_a_device_that_the_app_can_sign_out(
    signed_in: Browser, account: Account, clock: FakeClock
) -> None:
    on_phone = await account.sign_in_on_device()

    (browser,) = [device for device in await account.devices(on_phone) if not device["is_this"]]
    await account.api.delete(f"/v1/me/devices/{browser['id']}", headers=account.bearer(on_phone))

    assert browser["name"] == "网页 · Chrome · Windows"
    clock.move(minutes=11)
    after = await signed_in.open("/pages/devices")
    assert (after.status_code, after.headers["location"]) == (303, "/pages/sign-in?next=%2Fpages%2Fdevices")
    assert "session" not in signed_in.client.cookies


async def test_session_is_renewed_without_a_new_sign_in(signed_in: Browser, clock: FakeClock) -> None:
    for _ in range(5):
        clock.move(minutes=50)

        assert (await signed_in.open("/pages/devices")).status_code == 200


async def test_session_cookie_is_http_only_and_bound_to_the_host(
    api: Caller, resources: Resources, account: Account
) -> None:
    https_settings = resources.settings.model_copy(update={"public_url": "https://grassroots.test"})
    by_tls = Resources(https_settings, resources.keys, resources.clock)
    by_tls.engine, by_tls.reading, by_tls.pool = resources.engine, resources.reading, resources.pool
    browser = Browser(caller(create_app(by_tls), by_tls))
    browser.client.base_url = "https://grassroots.test"  # type: ignore[assignment]  # httpx accepts a text

    cookie = (await browser.sign_in(account)).headers["set-cookie"]

    assert cookie.startswith("__Host-session=")
    flags = {flag.strip().lower() for flag in cookie.split(";")[1:]}
    assert flags == {"httponly", "secure", "samesite=lax", "path=/"}
    assert (await browser.open("/pages/devices")).status_code == 200


async def test_sign_out_ends_the_device_and_deletes_the_cookie(
    signed_in: Browser, account: Account, clock: FakeClock
) -> None:
    page = await signed_in.open("/pages/devices")
    old_cookie = signed_in.client.cookies["session"]

    response = await signed_in.send("/pages/sign-out", forms(page.text)[0][1])

    assert (response.status_code, response.headers["location"]) == (303, "/pages/sign-in")
    assert "session" not in signed_in.client.cookies
    clock.move(minutes=11)
    signed_in.client.cookies.set("session", old_cookie)
    assert (await signed_in.open("/pages/devices")).status_code == 303


async def test_busy_database_does_not_end_the_session(signed_in: Browser, clock: FakeClock, settings: Settings) -> None:
    clock.move(minutes=11)
    with psycopg.connect(settings.owner_database_url) as owner:
        owner.execute("LOCK TABLE device")
        busy = await signed_in.open("/pages/devices")

    assert (busy.status_code, busy.headers["retry-after"]) == (503, "3")
    assert (await signed_in.open("/pages/devices")).status_code == 200


async def test_page_over_the_rate_limit_shows_a_wait_message(signed_in: Browser, resources: Resources) -> None:
    responses = [
        await signed_in.open("/pages/devices") for _ in range(resources.settings.requests_per_minute_device + 1)
    ]

    assert (responses[-1].status_code, responses[-1].headers["content-type"]) == (429, "text/html; charset=utf-8")
    assert "请稍等一会儿" in responses[-1].text


@pytest.mark.parametrize("path", ["/pages/sign-out", "/pages/devices/sign-out-others"])
async def test_form_without_csrf_token_is_refused(
    signed_in: Browser, api: Caller, session: AsyncSession, resources: Resources, clock: FakeClock, path: str
) -> None:
    other = Browser(api)
    await other.sign_in(await an_account(session, api, resources, clock))
    others = forms((await other.open("/pages/devices")).text)[0][1]["csrf"]
    own = forms((await signed_in.open("/pages/devices")).text)[0][1]["csrf"]

    missing = await signed_in.send(path, {})
    wrong = await signed_in.send(path, {"csrf": own[:-1] + "x"})
    foreign = await signed_in.send(path, {"csrf": others})
    from_elsewhere = await signed_in.send(path, {"csrf": own}, headers={"Sec-Fetch-Site": "cross-site"})

    assert [response.status_code for response in (missing, wrong, foreign, from_elsewhere)] == [403] * 4
    assert "没有做任何改动" in missing.text
    assert (await signed_in.open("/pages/devices")).status_code == 200
    assert (await signed_in.send(path, {"csrf": own}, headers={"Sec-Fetch-Site": "same-origin"})).status_code == 303


async def test_sign_in_form_of_another_site_is_refused(browser: Browser, account: Account) -> None:
    form = {"login": account.login, "password": PASSWORD}
    without_cookie = await browser.send("/pages/sign-in", form)
    await browser.open("/pages/sign-in")
    without_token = await browser.send("/pages/sign-in", form)

    assert (without_cookie.status_code, without_token.status_code) == (403, 403)
    assert "session" not in browser.client.cookies


@pytest.mark.parametrize("cookie", ["", "x", "|", "a|b", "eyJhbGciOiJub25lIn0.e30.|AAAA", "|" + "A" * 80])
async def test_invalid_session_cookie_is_refused(browser: Browser, cookie: str) -> None:
    browser.client.cookies.set("session", cookie)

    assert (await browser.open("/pages/devices")).status_code == 303


@pytest.mark.parametrize(
    "address",
    [
        "https://evil.example/",
        "//evil.example",
        "/\\evil.example",
        "/pages/../\\evil.example",
        "/pages//evil.example",
        "/pagesevil",
        "javascript:alert(1)",
        "/pages/devices\r\nSet-Cookie: x=1",
        "/v1/me/devices",
        "/pages/" + "x" * 600,
        "",
    ],
)
async def test_sign_in_redirects_only_to_our_pages(browser: Browser, account: Account, address: str) -> None:
    response = await browser.sign_in(account, next=address)

    assert (response.status_code, response.headers["location"]) == (303, FIRST)
    assert safe_next("/pages/devices?cursor=a%3D") == "/pages/devices?cursor=a%3D"


async def test_device_of_another_person_is_not_found(
    signed_in: Browser, session: AsyncSession, api: Caller, resources: Resources, clock: FakeClock
) -> None:
    other = await an_account(session, api, resources, clock)
    csrf = forms((await signed_in.open("/pages/devices")).text)[0][1]["csrf"]
    tokens = await other.sign_in_on_device()
    (device,) = await other.devices(tokens)

    response = await signed_in.send(f"/pages/devices/{device['id']}/sign-out", {"csrf": csrf})

    assert (response.status_code, response.headers["content-type"]) == (404, "text/html; charset=utf-8")
    assert (await other.refresh(tokens["refresh_token"])).status_code == 200
