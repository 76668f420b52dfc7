"""Transcription: request to the speech server, limits, failures; nothing is stored."""

import asyncio
from collections.abc import Awaitable, Callable

import psycopg
import pytest
from psycopg import sql
from sqlmodel.ext.asyncio.session import AsyncSession

from schemas.identity.organisations import Role
from service.foundation.ids import new_id
from service.operations.database.prepare import with_database
from tests import build
from tests.build.county import somebody
from tests.conftest import Caller
from tests.fieldwork.transcriptions.conftest import AAC, KEY, OPUS, SpeechDouble
from tests.fieldwork.transcriptions.test_recordings import a_wav
from tests.identity.auth.adapters.fake_providers import send
from tests.outward.webhooks.receiver import Wire

URL = "/v1/transcriptions"


@pytest.mark.parametrize(
    ("content", "file_name", "media_type"),
    [(OPUS, "voice.ogg", "audio/ogg"), (AAC, "voice.m4a", "audio/mp4"), (a_wav(2), "voice.wav", "audio/wav")],
    ids=("opus", "aac", "wav"),
)
async def test_recording_is_sent_unchanged_and_its_text_is_returned(
    phone: Caller, speech: SpeechDouble, content: bytes, file_name: str, media_type: str
) -> None:
    answer = await phone.post(URL, content=content)

    assert (answer.status_code, answer.json()["text"]) == (200, "三号楼路灯不亮"), answer.text
    assert answer.json()["duration_s"] == pytest.approx(2, abs=0.1)
    (form,) = speech.forms
    assert (form["file"], form["file_name"], form["media_type"]) == (content, file_name, media_type)
    assert (form["model"], form["language"], form["response_format"]) == (b"sensevoice", b"zh", b"json")
    assert (form["path"], form["authorization"]) == ("/v1/audio/transcriptions", f"Bearer {KEY}")


def tables_with(url: str, text: str) -> list[str]:
    """List the tables in which a row contains the text."""
    table_names = []
    with psycopg.connect(url) as connection:
        names = connection.execute("SELECT relname FROM pg_stat_user_tables WHERE schemaname = 'public'").fetchall()
        for (name,) in sorted(names):
            statement = sql.SQL("SELECT EXISTS (SELECT FROM {} AS row WHERE row::text LIKE %s)").format(
                sql.Identifier(name)
            )
            if connection.execute(statement, [f"%{text}%"]).fetchone() == (True,):
                table_names.append(name)
    return table_names


async def test_transcription_stores_no_text_in_any_table(
    phone: Caller, speech: SpeechDouble, session: AsyncSession, admin_url: str, database: str
) -> None:
    text, name, url = f"路灯不亮{new_id().hex}", f"某单位{new_id().hex}", with_database(admin_url, database)
    await build.an_organisation(session, name=name)
    await session.commit()
    speech.says = text

    answer = await phone.post(URL, content=OPUS)

    assert answer.json()["text"] == text
    assert tables_with(url, name) == ["organisation"]
    assert tables_with(url, text) == []


async def test_text_of_the_server_is_stripped_of_nul_and_spaces(phone: Caller, speech: SpeechDouble) -> None:
    speech.says = " 路灯\x00不亮\n"

    assert (await phone.post(URL, content=OPUS)).json()["text"] == "路灯不亮"


async def test_transcription_without_the_right_is_refused(
    api: Caller, speech: SpeechDouble, session: AsyncSession
) -> None:
    organ = await build.an_organisation(session)
    member = await somebody(session, Role.MEMBER, organ)
    await session.commit()

    answers = [
        await api.as_(member).post(URL, content=OPUS),
        await api.as_(member, organ.id).post(URL, content=OPUS),
        await api.post(URL, content=OPUS),
    ]

    assert [answer.status_code for answer in answers] == [403, 403, 401]
    assert speech.forms == []


@pytest.mark.parametrize(
    ("content", "status", "code"),
    [
        (a_wav(62), 422, "transcription.recording_too_long"),
        (b"not a voice", 422, "transcription.recording_unreadable"),
        (b"RIFF" + bytes(2_000_000), 413, "request.too_large"),
    ],
    ids=("too long", "no voice", "too large"),
)
async def test_invalid_recording_is_refused_before_the_server_is_called(
    phone: Caller, speech: SpeechDouble, content: bytes, status: int, code: str
) -> None:
    answer = await phone.post(URL, content=content)

    assert (answer.status_code, answer.json()["code"]) == (status, code)
    assert speech.forms == []


async def test_recording_of_one_minute_is_accepted(phone: Caller, speech: SpeechDouble) -> None:
    answer = await phone.post(URL, content=a_wav(60, rate_hz=16_000))

    assert (answer.status_code, answer.json()["duration_s"]) == (200, 60)


def respond_with(status: int, body: bytes) -> Callable[[Wire], Awaitable[None]]:
    async def misbehave(wire: Wire) -> None:
        send(wire, status, body)

    return misbehave


async def no_response(_: Wire) -> None:
    await asyncio.sleep(2)


@pytest.mark.parametrize(
    "misbehave",
    [
        respond_with(500, b"{}"),
        respond_with(307, b""),
        respond_with(200, b"<html>"),
        respond_with(200, b'["text"]'),
        respond_with(200, b'{"text": 7}'),
        respond_with(200, b'{"text": "' + b"x" * 100_000 + b'"}'),
        no_response,
    ],
    ids=("status", "elsewhere", "no json", "no object", "no text", "endless", "silent"),
)
async def test_invalid_server_response_is_reported_and_the_next_request_works(
    phone: Caller, speech: SpeechDouble, misbehave: Callable[[Wire], Awaitable[None]]
) -> None:
    speech.misbehave = misbehave

    failed = await phone.post(URL, content=OPUS)
    speech.misbehave = None
    again = await phone.post(URL, content=OPUS)

    assert (failed.status_code, failed.json()["code"]) == (503, "transcription.unavailable")
    assert again.status_code == 200


async def test_parallel_recordings_are_limited_per_person_and_in_total(
    phone: Caller, api: Caller, speech: SpeechDouble, session: AsyncSession
) -> None:
    organ = await build.an_organisation(session)
    others = [api.as_(await somebody(session, Role.CADRE, organ)) for _ in range(2)]
    await session.commit()
    speech.answering.clear()

    first = asyncio.create_task(phone.post(URL, content=OPUS))
    while not speech.forms:
        await asyncio.sleep(0.01)
    own_second = await phone.post(URL, content=OPUS)
    second = asyncio.create_task(others[0].post(URL, content=OPUS))
    while len(speech.forms) < 2:
        await asyncio.sleep(0.01)
    third = await others[1].post(URL, content=OPUS)
    speech.answering.set()

    assert [own_second.json()["code"], third.json()["code"]] == ["transcription.busy"] * 2
    assert [(await request).status_code for request in (first, second)] == [200, 200]
