"""A page's session is a device like any other, and its forms are good for itself alone."""

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


async def test_whoever_is_not_signed_in_is_led_to_it_and_back(browser: Browser, account: Account) -> None:
    turned_away = await browser.open("/pages/devices?limit=10")

    arrived = await browser.fill(turned_away.headers["location"], login=account.login, password=PASSWORD)

    assert (turned_away.status_code, arrived.status_code) == (303, 303)
    assert arrived.headers["location"] == "/pages/devices?limit=10"
    assert (await browser.open(arrived.headers["location"])).status_code == 200


async def test_the_browser_is_a_device_that_the_app_lists_and_signs_out(
    signed_in: Browser, account: Account, clock: FakeClock
) -> None:
    on_phone = await account.sign_in_on_device()

    (browser,) = [one for one in await account.devices(on_phone) if not one["is_this"]]
    await account.api.delete(f"/v1/me/devices/{browser['id']}", headers=account.bearer(on_phone))

    assert browser["name"] == "网页 · Chrome · Windows"
    clock.move(minutes=11)
    after = await signed_in.open("/pages/devices")
    assert (after.status_code, after.headers["location"]) == (303, "/pages/sign-in?next=%2Fpages%2Fdevices")
    assert "session" not in signed_in.client.cookies


async def test_a_session_goes_on_for_hours_without_signing_in_again(signed_in: Browser, clock: FakeClock) -> None:
    for _ in range(5):
        clock.move(minutes=50)

        assert (await signed_in.open("/pages/devices")).status_code == 200


async def test_the_cookie_is_out_of_reach_of_scripts_and_over_tls_bound_to_the_host(
    api: Caller, resources: Resources, account: Account
) -> None:
    known = resources.settings.model_copy(update={"public_url": "https://grassroots.test"})
    by_tls = Resources(known, resources.keys, resources.clock)
    by_tls.engine, by_tls.reading, by_tls.pool = resources.engine, resources.reading, resources.pool
    browser = Browser(caller(create_app(by_tls), by_tls))
    browser.client.base_url = "https://grassroots.test"  # type: ignore[assignment]  # httpx reads texts too

    cookie = (await browser.sign_in(account)).headers["set-cookie"]

    assert cookie.startswith("__Host-session=")
    flags = {flag.strip().lower() for flag in cookie.split(";")[1:]}
    assert flags == {"httponly", "secure", "samesite=lax", "path=/"}
    assert (await browser.open("/pages/devices")).status_code == 200


async def test_signing_out_ends_the_device_and_the_cookie(
    signed_in: Browser, account: Account, clock: FakeClock
) -> None:
    page = await signed_in.open("/pages/devices")
    row = signed_in.client.cookies["session"]

    left = await signed_in.send("/pages/sign-out", forms(page.text)[0][1])

    assert (left.status_code, left.headers["location"]) == (303, "/pages/sign-in")
    assert "session" not in signed_in.client.cookies
    clock.move(minutes=11)
    signed_in.client.cookies.set("session", row)
    assert (await signed_in.open("/pages/devices")).status_code == 303


async def test_a_database_that_is_busy_takes_no_session_away(
    signed_in: Browser, clock: FakeClock, settings: Settings
) -> None:
    clock.move(minutes=11)
    with psycopg.connect(settings.owner_database_url) as owner:
        owner.execute("LOCK TABLE device")
        busy = await signed_in.open("/pages/devices")

    assert (busy.status_code, busy.headers["retry-after"]) == (503, "3")
    assert (await signed_in.open("/pages/devices")).status_code == 200


async def test_whoever_asks_without_end_is_told_to_wait_on_a_page_too(signed_in: Browser, resources: Resources) -> None:
    answers = [await signed_in.open("/pages/devices") for _ in range(resources.settings.requests_per_minute_device + 1)]

    assert (answers[-1].status_code, answers[-1].headers["content-type"]) == (429, "text/html; charset=utf-8")
    assert "请稍等一会儿" in answers[-1].text


@pytest.mark.parametrize("path", ["/pages/sign-out", "/pages/devices/sign-out-others"])
async def test_a_form_without_the_sessions_token_changes_nothing(
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

    assert [answer.status_code for answer in (missing, wrong, foreign, from_elsewhere)] == [403] * 4
    assert "没有做任何改动" in missing.text
    assert (await signed_in.open("/pages/devices")).status_code == 200
    assert (await signed_in.send(path, {"csrf": own}, headers={"Sec-Fetch-Site": "same-origin"})).status_code == 303


async def test_nobody_is_signed_in_by_another_sites_form(browser: Browser, account: Account) -> None:
    filled = {"login": account.login, "password": PASSWORD}
    without_cookie = await browser.send("/pages/sign-in", filled)
    await browser.open("/pages/sign-in")
    without_token = await browser.send("/pages/sign-in", filled)

    assert (without_cookie.status_code, without_token.status_code) == (403, 403)
    assert "session" not in browser.client.cookies


@pytest.mark.parametrize("cookie", ["", "x", "|", "a|b", "eyJhbGciOiJub25lIn0.e30.|AAAA", "|" + "A" * 80])
async def test_a_cookie_that_is_none_of_ours_lets_nobody_in(browser: Browser, cookie: str) -> None:
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
async def test_after_signing_in_only_our_own_pages_follow(browser: Browser, account: Account, address: str) -> None:
    answer = await browser.sign_in(account, next=address)

    assert (answer.status_code, answer.headers["location"]) == (303, FIRST)
    assert safe_next("/pages/devices?cursor=a%3D") == "/pages/devices?cursor=a%3D"


async def test_another_persons_device_is_not_there(
    signed_in: Browser, session: AsyncSession, api: Caller, resources: Resources, clock: FakeClock
) -> None:
    other = await an_account(session, api, resources, clock)
    csrf = forms((await signed_in.open("/pages/devices")).text)[0][1]["csrf"]
    theirs = await other.sign_in_on_device()
    (device,) = await other.devices(theirs)

    answer = await signed_in.send(f"/pages/devices/{device['id']}/sign-out", {"csrf": csrf})

    assert (answer.status_code, answer.headers["content-type"]) == (404, "text/html; charset=utf-8")
    assert (await other.refresh(theirs["refresh_token"])).status_code == 200
