"""Sign-in on pages: wrong password, lock, second factor, password change, languages, error pages."""

import re
from base64 import b32decode, b64encode
from hashlib import sha256

import pytest
from sqlmodel.ext.asyncio.session import AsyncSession

from routers.app import create_app
from routers.deps import Resources
from schemas.identity.organisations import Role
from service.foundation.settings import Settings
from service.identity.auth import second_factors
from service.identity.people.tables import Person
from tests.build.county import County, county
from tests.conftest import Caller, FakeClock, caller
from tests.identity.auth.conftest import PASSWORD, Account, an_account
from tests.pages.conftest import Browser, forms

__all__ = ["county"]
NEW = "neues Pferd im Stall"


@pytest.fixture(scope="module")
def settings(settings: Settings) -> Settings:
    return settings.model_copy(update={"second_factor_roles": ("personnel_organ",)})


async def test_wrong_password_shows_the_form_with_the_login(browser: Browser, account: Account) -> None:
    wrong_password = await browser.sign_in(account, "wrong")
    unknown_login = await browser.fill("/pages/sign-in", login="nobody", password="wrong")

    assert (wrong_password.status_code, unknown_login.status_code) == (401, 401)
    assert "账号或密码不正确" in wrong_password.text
    assert f'value="{account.login}"' in wrong_password.text
    assert re.sub(r'value="[^"]*"', "", wrong_password.text) == re.sub(r'value="[^"]*"', "", unknown_login.text)
    assert "wrong" not in wrong_password.text


async def test_locked_account_is_refused_on_pages(browser: Browser, account: Account) -> None:
    responses = [(await browser.sign_in(account, "wrong")).status_code for _ in range(30)]

    locked = await browser.sign_in(account)
    over_the_api = await account.sign_in()

    assert responses[-1] == locked.status_code == over_the_api.status_code == 429
    assert "尝试次数过多" in locked.text


async def test_password_set_by_administrator_must_be_changed(browser: Browser, api: Caller, county: County) -> None:
    login = f"new-{county.cadre.id}"
    credential = {"login": login, "password": PASSWORD}
    await api.as_(county.administrator).put(f"/v1/people/{county.cadre.id}/credential", json=credential)
    page = await browser.fill("/pages/sign-in", login=login, password=PASSWORD)
    action, fields = forms(page.text)[-1]

    differ = await browser.send(action, fields | {"password": PASSWORD, "new_password": NEW, "new_again": NEW + "x"})
    weak = await browser.send(action, fields | {"password": PASSWORD, "new_password": "a" * 12, "new_again": "a" * 12})
    changed = await browser.send(action, fields | {"password": PASSWORD, "new_password": NEW, "new_again": NEW})

    assert "请先改为自己的密码" in page.text
    assert (differ.status_code, weak.status_code, changed.status_code) == (422, 422, 303)
    assert "密码已修改" in (await browser.open(changed.headers["location"])).text
    assert (await browser.fill("/pages/sign-in", login=login, password=NEW)).status_code == 303


async def test_role_with_second_factor_sets_up_an_authenticator(
    session: AsyncSession, api: Caller, resources: Resources, clock: FakeClock, browser: Browser
) -> None:
    account = await an_account(session, api, resources, clock, Role.PERSONNEL_ORGAN)
    action, fields = forms((await browser.sign_in(account)).text)[-1]
    page = await browser.send(action, fields | {"password": PASSWORD})
    secret = b32decode(re.search(r"<code>([A-Z2-7=]+)</code>", page.text)[1])  # type: ignore[index]  # always there
    action, fields = forms(page.text)[-1]
    code = second_factors.code_of(secret, second_factors.step_of(clock()))
    confirmation = await browser.send(action, fields | {"password": PASSWORD, "code": code})
    clock.move(seconds=30)

    without_code = await browser.sign_in(account)
    with_code = await browser.sign_in(account, code=second_factors.code_of(secret, second_factors.step_of(clock())))

    assert "恢复码" in confirmation.text
    assert without_code.status_code == 401
    assert (with_code.status_code, with_code.headers["location"]) == (303, "/pages/inbox")


async def test_chosen_language_applies_to_pages_and_errors(browser: Browser) -> None:
    chinese = await browser.open("/pages/sign-in")
    await browser.open("/pages/language", params={"to": "en", "next": "/pages/sign-in"})
    english = await browser.open("/pages/sign-in")
    missing = await browser.open("/pages/nothing")

    assert (chinese.headers["content-language"], english.headers["content-language"]) == ("zh-CN", "en")
    assert ("<h1>登录</h1>" in chinese.text, "<h1>Sign in</h1>" in english.text) == (True, True)
    assert (missing.status_code, "There is no such page" in missing.text) == (404, True)
    assert missing.headers["cache-control"] == "no-store"


async def test_page_has_no_script_and_loads_no_file(signed_in: Browser) -> None:
    for path in ("/pages/sign-in", "/pages/password", "/pages/second-factor", "/pages/devices", "/pages/inbox"):
        page = await signed_in.open(path)
        policy = page.headers["content-security-policy"]
        style = sha256(page.text.partition("<style>")[2].partition("</style>")[0].encode()).digest()

        assert page.status_code == 200, page.text
        assert ("unsafe-inline" in policy, "script" in page.text, " style=" in page.text) == (False, False, False)
        assert f"style-src 'sha256-{b64encode(style).decode()}'" in policy
        assert not re.findall(r'(?:src|href)="(?!/pages)', page.text)
        assert page.headers["cache-control"] == "no-store"


async def test_internal_error_is_a_page_with_the_request_id(resources: Resources) -> None:
    app = create_app(resources)

    @app.get("/pages/fails")
    async def fails() -> None:
        raise RuntimeError

    response = await Browser(caller(app, resources)).open("/pages/fails", headers={"x-request-id": "desk-7"})

    assert (response.status_code, response.headers["content-type"]) == (500, "text/html; charset=utf-8")
    assert "desk-7" in response.text
    assert response.headers["x-frame-options"] == "DENY"


async def test_program_gets_json_errors_and_may_use_a_token(api: Caller, account: Account) -> None:
    missing = await api.get("/pages/devices")
    listed = await api.as_(account.person).get("/pages/devices")

    assert (missing.status_code, missing.headers["content-type"]) == (401, "application/problem+json")
    assert listed.status_code == 200


async def test_empty_inbox_page_says_so(session: AsyncSession, signed_in: Browser) -> None:
    assert "没有待办事项" in (await signed_in.open("/pages/inbox")).text


async def test_login_with_markup_is_escaped(session: AsyncSession, browser: Browser, account: Account) -> None:
    page = await browser.fill("/pages/sign-in", login='"><script>alert(1)</script>', password="x")

    assert "<script>" not in page.text
    assert await session.get(Person, account.person.id)
