"""Secrecy marks: texts with a mark of classified documents are refused, and forms show the notice."""

from collections.abc import Iterator

import pytest

from routers.app import create_app
from routers.deps import Resources
from schemas.foundation.common import SECRECY_MARKS
from service.foundation.settings import Settings
from tests.conftest import Caller, caller
from tests.solving.problems.conftest import World, raise_and_answer, raise_problem


@pytest.fixture(autouse=True)
def marks(settings: Settings) -> Iterator[None]:
    """Restore the marks of the settings after each test; they are global in the process."""
    yield
    SECRECY_MARKS.refuse(settings.secrecy_marks)


async def raise_with(world: World, text: str) -> tuple[int, str]:
    body = world.problem_body(description=text)
    answer = await world.phone.put("/v1/problems/01936f5e-7c00-7000-8000-00000000000a", json=body)
    return answer.status_code, answer.text


@pytest.mark.parametrize("text", ["机密★1年 关于……", "见附件（绝密 ★长期）", "秘 密 ★"])
async def test_text_with_secrecy_mark_is_refused_with_reason(world: World, text: str) -> None:
    status, body = await raise_with(world, text)

    assert status == 422
    assert "本系统不是涉密系统，严禁录入、存储、处理国家秘密" in body


@pytest.mark.parametrize("text", ["请为我保守秘密", "机密文件柜坏了", "★★★ 好评", "密不透风"])
async def test_text_with_similar_words_is_accepted(world: World, text: str) -> None:
    url, _ = await raise_problem(world, description=text)

    assert (await world.phone.get(url)).json()["description"] == text


async def test_secrecy_marks_of_settings_replace_defaults(world: World, resources: Resources) -> None:
    create_app(Resources(resources.settings.model_copy(update={"secrecy_marks": ("内部资料",)}), resources.keys))

    assert (await raise_with(world, "内部资料，请勿外传"))[0] == 422
    assert (await raise_with(world, "机密★1年"))[0] == 201


def test_secrecy_marks_are_read_from_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GRASSROOTS_SECRECY_MARKS", "绝密★, 内部资料")

    assert Settings().secrecy_marks == ("绝密★", "内部资料")


async def test_rating_page_shows_notice_and_refuses_mark(world: World) -> None:
    _, link = await raise_and_answer(world)

    page = await world.api.get(link)
    refused = await world.api.post(link, data={"satisfaction": "not_satisfied", "reason": "机密★1年"})

    assert "严禁录入、上传、存储、处理、传输国家秘密" in page.text
    assert (refused.status_code, "不得含有密级标志" in refused.text) == (422, True)


async def test_notices_are_readable_when_signed_in(world: World, api: Caller) -> None:
    answer = await world.phone.get("/v1/notices")

    assert [item["code"] for item in answer.json()["items"]] == ["no_state_secrets", "least_data"]
    assert (await caller(api.app, api.resources).get("/v1/notices")).status_code == 401
