"""The resident's private page: content, rating, wrong links."""

import io
import logging

import psycopg
import pytest

from routers.solving.problems_pages import GUESSES
from service.foundation.log import configure_logs
from service.foundation.settings import Settings
from tests.conftest import FakeClock
from tests.solving.problems.conftest import ANSWER, World, raise_and_answer, raise_problem


@pytest.fixture(autouse=True)
def fresh_limits() -> None:
    GUESSES.clear()


async def test_page_shows_owner_state_and_answer(world: World) -> None:
    _, link = await raise_and_answer(world)

    page = await world.api.get(link)

    assert page.status_code == 200
    for text in ("三号楼门口路灯不亮", world.owner.name, ANSWER["answer"], "满意，问题解决了", "已答复，请您评价"):
        assert text in page.text
    assert "default-src 'none'" in page.headers["content-security-policy"]
    assert page.headers["referrer-policy"] == "no-referrer"


async def test_rating_before_an_answer_is_refused(world: World) -> None:
    _, link = await raise_problem(world)

    page = await world.api.get(link)
    early = await world.api.post(link, data={"satisfaction": "satisfied"})

    assert "提交评价" not in page.text
    assert early.status_code == 409


async def test_second_rating_is_refused(world: World) -> None:
    url, link = await raise_and_answer(world)

    first = await world.api.post(link, data={"satisfaction": "satisfied"})
    second = await world.api.post(link, data={"satisfaction": "not_satisfied", "reason": "后悔了"})

    assert (first.status_code, first.headers["location"]) == (303, link)
    assert (second.status_code, "已经评价过" in second.text) == (409, True)
    assert (await world.phone.get(url)).json()["satisfaction"] == "satisfied"


@pytest.mark.parametrize(
    ("form", "status", "sentence"),
    [
        ({"satisfaction": "not_satisfied", "reason": "  "}, 409, "请写明原因"),
        ({}, 422, "请选择"),
        ({"satisfaction": "maybe"}, 422, "请选择"),
        ({"satisfaction": "not_satisfied", "reason": "长" * 501}, 422, "最多 500 个字"),
    ],
)
async def test_incomplete_rating_form_is_shown_again_with_a_hint(
    world: World, form: dict[str, str], status: int, sentence: str
) -> None:
    _, link = await raise_and_answer(world)

    page = await world.api.post(link, data=form)

    assert (page.status_code, sentence in page.text) == (status, True)


async def test_reason_of_a_rating_is_shown_escaped(world: World) -> None:
    _, link = await raise_and_answer(world)

    await world.api.post(link, data={"satisfaction": "not_satisfied", "reason": "<script>alert(1)</script>"})
    page = await world.api.get(link)

    assert "&lt;script&gt;" in page.text
    assert "<script>" not in page.text


async def test_guessed_links_get_404_and_then_429(world: World) -> None:
    _, link = await raise_problem(world)

    statuses = [(await world.api.get(f"/p/guess{number}")).status_code for number in range(11)]
    posted = await world.api.post("/p/guess", data={"satisfaction": "satisfied"})

    assert statuses == [404] * 10 + [429]
    assert posted.status_code == 429
    assert (await world.api.get(link)).status_code == 200


async def test_expired_link_looks_like_a_guessed_one(world: World, clock: FakeClock) -> None:
    _, link = await raise_problem(world)
    guessed = (await world.api.get("/p/guessed")).text

    clock.move(days=365, seconds=1)
    expired = await world.api.get(link)
    clock.move(days=-365, seconds=-1)

    assert (expired.status_code, expired.text) == (404, guessed)


def execute_as_owner(settings: Settings, statement: str) -> None:
    with psycopg.connect(settings.owner_database_url, autocommit=True) as connection:
        connection.execute(statement)


async def test_log_does_not_contain_the_link_when_the_page_fails(world: World, settings: Settings) -> None:
    _, link = await raise_problem(world)
    execute_as_owner(settings, "REVOKE SELECT ON problem_link FROM grassroots_service")
    stream, before = io.StringIO(), logging.getLogger().handlers
    configure_logs(stream=stream)

    answer = await world.api.get(link)

    logging.getLogger().handlers = before
    execute_as_owner(settings, "GRANT SELECT ON problem_link TO grassroots_service")
    assert answer.status_code == 500
    assert answer.json()["facts"]["request_id"] in stream.getvalue()
    assert link.removeprefix("/p/") not in stream.getvalue()


async def test_history_keeps_its_order_after_a_restore(world: World, settings: Settings) -> None:
    url, link = await raise_and_answer(world)
    with psycopg.connect(settings.owner_database_url) as connection:
        # what a restored database looks like: a later epoch, transaction ids that start again at 3
        connection.execute(
            "UPDATE event SET epoch = 2, transaction_id = '3' WHERE name = 'problem.answered' AND subject_id = %s",
            [url[-36:]],
        )

    page = (await world.api.get(link)).text

    positions = [page.rindex(step) for step in ("已登记", "已交给", "开始办理", "答复了您")]
    assert positions == sorted(positions)


async def test_malformed_form_is_answered_with_the_page(world: World) -> None:
    _, link = await raise_and_answer(world)

    file = await world.api.post(link, files={"satisfaction": b"satisfied"})
    broken = await world.api.post(link, content=b"x", headers={"content-type": "multipart/form-data; boundary=y"})

    for page in (file, broken):
        assert (page.status_code, page.headers["content-type"]) == (422, "text/html; charset=utf-8")
