"""Second factor: codes work once, administrators need one, a lost one can be reset."""

import asyncio
from base64 import b32decode
from collections.abc import Iterator
from typing import Any

import psycopg
import pytest
from sqlmodel.ext.asyncio.session import AsyncSession
from typer.testing import CliRunner

from routers.cli import cli
from routers.deps import Resources
from schemas.identity.organisations import Role
from service.foundation import settings as configuration
from service.foundation.settings import Settings
from service.identity.auth import second_factors
from tests import build
from tests.build.county import County, access_log
from tests.conftest import Caller, FakeClock
from tests.identity.auth.conftest import PASSWORD, Account, an_account, events_of


class Authenticator:
    """The authenticator app on the person's phone: it knows the secret and the time."""

    def __init__(self, account: Account, clock: FakeClock) -> None:
        self.account, self.clock = account, clock
        self.secret = b""

    def code(self, steps: int = 0) -> str:
        return second_factors.code_of(self.secret, second_factors.step_of(self.clock()) + steps)

    async def post(self, path: str = "", **fields: Any) -> Any:
        body = {"login": self.account.login, "password": PASSWORD} | fields
        return await self.account.api.post(f"/v1/auth/second-factors{path}", json=body)

    async def set_up(self, **fields: Any) -> list[str]:
        """Set up the authenticator, return the recovery codes, and move the clock to the next code."""
        secret = (await self.post(**fields)).json()
        self.secret = b32decode(secret["secret"])
        codes: list[str] = (await self.post("/confirmations", code=self.code())).json()["recovery_codes"]
        self.clock.move(seconds=30)
        return codes


@pytest.fixture
def phone(account: Account, clock: FakeClock) -> Authenticator:
    return Authenticator(account, clock)


# RFC 6238 appendix B, SHA-1, the last six of its eight digits
@pytest.mark.parametrize(
    ("time_s", "code"),
    [(59, "287082"), (1111111109, "081804"), (1111111111, "050471"), (1234567890, "005924"), (20000000000, "353130")],
)
def test_codes_match_rfc_6238_test_vectors(time_s: int, code: str) -> None:
    assert second_factors.code_of(b"12345678901234567890", time_s // 30) == code


async def test_sign_in_with_authenticator_requires_valid_code(phone: Authenticator) -> None:
    await phone.set_up()

    without, wrong = await phone.account.sign_in(), await phone.account.sign_in(code="000000")
    with_code = await phone.account.sign_in(code=phone.code())

    assert (without.status_code, without.json()["code"]) == (401, "auth.second_factor_needed")
    assert (wrong.status_code, wrong.json()["code"]) == (401, "auth.second_factor_wrong")
    assert with_code.status_code == 200


async def test_codes_one_step_off_are_accepted_and_two_steps_refused(phone: Authenticator, clock: FakeClock) -> None:
    await phone.set_up()

    statuses = []
    for steps in (-2, 2, -1, 0, 1):
        statuses.append((await phone.account.sign_in(code=phone.code(steps))).status_code)
        clock.move(minutes=5)

    assert statuses == [401, 401, 200, 200, 200]


async def test_used_code_and_earlier_code_are_refused(phone: Authenticator) -> None:
    await phone.set_up()
    earlier, code = phone.code(-1), phone.code()

    answers = [await phone.account.sign_in(code=candidate) for candidate in (code, code, earlier)]

    assert [answer.status_code for answer in answers] == [200, 401, 401]
    assert answers[1].json()["code"] == "auth.second_factor_wrong"


async def test_code_sent_in_parallel_works_once(phone: Authenticator) -> None:
    await phone.set_up()

    answers = await asyncio.gather(*(phone.account.sign_in(code=phone.code()) for _ in range(5)))

    assert [answer.status_code for answer in answers].count(200) == 1


async def test_confirmation_code_cannot_sign_in(phone: Authenticator, clock: FakeClock) -> None:
    await phone.set_up()
    clock.move(seconds=-30)

    assert (await phone.account.sign_in(code=phone.code())).status_code == 401


async def test_wrong_codes_lock_account_despite_right_password(phone: Authenticator, clock: FakeClock) -> None:
    await phone.set_up()

    for _ in range(2):
        assert (await phone.account.sign_in()).status_code == 401
    statuses = [(await phone.account.sign_in(code="000000")).status_code for _ in range(6)]

    assert statuses == [401] * 5 + [429]
    assert (await phone.account.sign_in(code=phone.code())).status_code == 429


async def test_each_recovery_code_works_once(phone: Authenticator) -> None:
    codes = await phone.set_up()

    first = await asyncio.gather(*(phone.account.sign_in(code=codes[0]) for _ in range(4)))
    second = await phone.account.sign_in(code=codes[1].upper().replace("-", " "))

    assert len(set(codes)) == 10
    assert [answer.status_code for answer in first].count(200) == 1
    assert second.status_code == 200


async def test_database_contains_no_readable_secret_or_recovery_code(phone: Authenticator, settings: Settings) -> None:
    codes = await phone.set_up()

    with psycopg.connect(settings.owner_database_url) as connection:
        row = connection.execute("SELECT factor::text FROM second_factor AS factor").fetchall()
        row += connection.execute("SELECT code::text FROM recovery_code AS code").fetchall()
    text = str(row)
    assert phone.secret.hex() not in text
    assert not [code for code in codes if code in text or code.encode().hex() in text]


async def test_replacing_authenticator_requires_code_of_the_old_one(phone: Authenticator, clock: FakeClock) -> None:
    await phone.set_up()
    before = Authenticator(phone.account, clock)
    before.secret = phone.secret

    without = await phone.post()
    await phone.set_up(code=before.code())

    assert without.json()["code"] == "auth.second_factor_needed"
    assert (await phone.account.sign_in(code=before.code())).status_code == 401
    assert (await phone.account.sign_in(code=phone.code())).status_code == 200


async def test_unconfirmed_authenticator_is_not_required(phone: Authenticator) -> None:
    begun = await phone.post()

    wrong = await phone.post("/confirmations", code="000000")

    assert begun.json()["uri"].startswith("otpauth://totp/Grassroots:login-")
    assert (wrong.status_code, wrong.json()["code"]) == (401, "auth.second_factor_wrong")
    assert (await phone.account.sign_in()).status_code == 200


async def test_confirmation_without_set_up_is_refused(phone: Authenticator) -> None:
    answer = await phone.post("/confirmations", code="123456")

    assert (answer.status_code, answer.json()["code"]) == (409, "auth.second_factor_not_begun")


@pytest.mark.parametrize("code", ["", "12345", "1234567", "12345a", "１２３４５６", 123456])
async def test_malformed_code_is_a_validation_error(phone: Authenticator, code: object) -> None:
    answer = await phone.account.sign_in(code=code)

    assert [error["where"] for error in answer.json()["errors"]] == ["body.code"]


@pytest.mark.parametrize(
    "role", [Role.SYSTEM_ADMINISTRATOR, Role.SECURITY_ADMINISTRATOR, Role.AUDIT_ADMINISTRATOR, Role.PERSONNEL_ORGAN]
)
async def test_required_roles_must_set_up_second_factor_before_sign_in(
    role: Role, session: AsyncSession, api: Caller, resources: Resources, clock: FakeClock
) -> None:
    holder = await an_account(session, api, resources, clock, role)
    phone = Authenticator(holder, clock)

    refused = await holder.sign_in()
    await phone.set_up()

    assert (refused.status_code, refused.json()["code"]) == (403, "auth.second_factor_enrolment_needed")
    assert (await holder.sign_in_on_device(code=phone.code()))["refresh_token"]


async def test_refresh_after_becoming_administrator_needs_second_factor(
    account: Account, session: AsyncSession
) -> None:
    signed_in = await account.sign_in_on_device()
    await build.a_posting(session, account.person, await build.an_organisation(session), Role.AUDIT_ADMINISTRATOR)
    await session.commit()

    answer = await account.refresh(signed_in["refresh_token"])

    assert (answer.status_code, answer.json()["code"]) == (401, "auth.second_factor_needed")


async def test_administrator_resets_lost_second_factor_with_log_and_events(
    county: County, session: AsyncSession, api: Caller, resources: Resources, clock: FakeClock, settings: Settings
) -> None:
    cadre = await an_account(session, api, resources, clock, person=county.cadre)
    phone = Authenticator(cadre, clock)
    await phone.set_up()
    signed_in = await cadre.sign_in_on_device(code=phone.code())
    url = f"/v1/people/{county.cadre.id}/second-factor"

    foreign = await api.as_(county.neighbour).delete(url)
    reset = await api.as_(county.administrator).delete(url)

    assert (foreign.status_code, reset.status_code) == (404, 204)
    assert (await cadre.refresh(signed_in["refresh_token"])).json()["code"] == "auth.device_revoked"
    assert (await cadre.sign_in()).status_code == 200
    names = [name for name, _ in events_of(settings, county.cadre.id)]
    assert {"second_factor.confirmed", "second_factor.reset", "device.revoked"} <= set(names)
    assert ("auth.second_factor_reset", str(county.administrator.id)) in access_log(settings, county.cadre.id)


@pytest.fixture
async def confirmed_phone(phone: Authenticator) -> Authenticator:
    await phone.set_up()
    return phone


@pytest.fixture
def environment(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setenv("DATABASE_URL", settings.database_url)
    configuration.settings.cache_clear()
    yield
    configuration.settings.cache_clear()


def test_command_resets_second_factor_by_login(
    confirmed_phone: Authenticator, environment: None, settings: Settings
) -> None:
    words = ["people", "reset-second-factor", "--login"]

    reset = CliRunner().invoke(cli, [*words, confirmed_phone.account.login.upper()])
    again = CliRunner().invoke(cli, [*words, confirmed_phone.account.login])
    unknown = CliRunner().invoke(cli, [*words, "nobody"])

    assert [result.exit_code for result in (reset, again, unknown)] == [0, 1, 1]
    assert events_of(settings, confirmed_phone.account.person.id)[-1][0] == "second_factor.reset"
