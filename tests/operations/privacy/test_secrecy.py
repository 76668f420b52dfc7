"""This is no classified system: the notice stands where texts go in, and a marked text does not get in."""

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
    """The marks are the process's, so each test leaves those of the settings behind."""
    yield
    SECRECY_MARKS.refuse(settings.secrecy_marks)


async def raise_with(world: World, text: str) -> tuple[int, str]:
    body = world.problem_body(description=text)
    answer = await world.phone.put("/v1/problems/01936f5e-7c00-7000-8000-00000000000a", json=body)
    return answer.status_code, answer.text


@pytest.mark.parametrize("text", ["机密★1年 关于……", "见附件（绝密 ★长期）", "秘 密 ★"])
async def test_a_text_with_the_mark_of_a_classified_document_is_refused_and_told_why(world: World, text: str) -> None:
    status, said = await raise_with(world, text)

    assert status == 422
    assert "本系统不是涉密系统，严禁录入、存储、处理国家秘密" in said


@pytest.mark.parametrize("text", ["请为我保守秘密", "机密文件柜坏了", "★★★ 好评", "密不透风"])
async def test_ordinary_words_pass(world: World, text: str) -> None:
    url, _ = await raise_problem(world, description=text)

    assert (await world.phone.get(url)).json()["description"] == text


async def test_the_marks_are_a_setting(world: World, resources: Resources) -> None:
    create_app(Resources(resources.settings.model_copy(update={"secrecy_marks": ("内部资料",)}), resources.keys))

    assert (await raise_with(world, "内部资料，请勿外传"))[0] == 422
    assert (await raise_with(world, "机密★1年"))[0] == 201


def test_marks_are_read_from_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GRASSROOTS_SECRECY_MARKS", "绝密★, 内部资料")

    assert Settings().secrecy_marks == ("绝密★", "内部资料")


async def test_the_page_with_a_form_shows_the_notice_and_refuses_the_mark(world: World) -> None:
    _, link = await raise_and_answer(world)

    page = await world.api.get(link)
    refused = await world.api.post(link, data={"satisfaction": "not_satisfied", "reason": "机密★1年"})

    assert "严禁录入、上传、存储、处理、传输国家秘密" in page.text
    assert (refused.status_code, "不得含有密级标志" in refused.text) == (422, True)


async def test_whoever_builds_a_form_reads_the_notices(world: World, api: Caller) -> None:
    answer = await world.phone.get("/v1/notices")

    assert [item["code"] for item in answer.json()["items"]] == ["no_state_secrets", "least_data"]
    assert (await caller(api.app, api.resources).get("/v1/notices")).status_code == 401
