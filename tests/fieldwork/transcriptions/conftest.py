"""A speech server on loopback that accepts multipart forms like FunASR, and an API that calls it."""

import asyncio
import json
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass, field
from email.parser import BytesParser
from ipaddress import ip_network
from pathlib import Path
from typing import Any, Literal

import pytest
from sqlmodel.ext.asyncio.session import AsyncSession

from schemas.identity.organisations import Role
from service.foundation.settings import Settings, SpeechServer
from tests import build
from tests.build.county import somebody
from tests.conftest import Caller
from tests.identity.auth.adapters.fake_providers import send
from tests.outward.webhooks.receiver import Received, Wire, a_receiver

HERE = Path(__file__).parent
OPUS, AAC = (HERE / "voice.ogg").read_bytes(), (HERE / "voice.m4a").read_bytes()
"""A tone of two seconds in each format, written by an encoder."""
KEY = "the-key-of-the-server"


@dataclass
class SpeechDouble:
    """Returns the configured text, and stores the forms that it received."""

    url: str = ""
    says: str = "三号楼路灯不亮"
    forms: list[dict[str, Any]] = field(default_factory=list)
    misbehave: Callable[[Wire], Awaitable[None]] | None = None
    answering: asyncio.Event = field(default_factory=asyncio.Event)

    async def reply(self, request: Received, wire: Wire) -> None:
        head = f"Content-Type: {request.headers['content-type']}\r\n\r\n".encode()
        parts = BytesParser().parsebytes(head + request.body).get_payload()
        assert isinstance(parts, list)
        form = {"path": request.path, "authorization": request.headers.get("authorization")}
        for part in parts:
            name = part.get_param("name", header="content-disposition")
            form[str(name)] = part.get_payload(decode=True)
            if part.get_filename():
                form["file_name"], form["media_type"] = part.get_filename(), part.get_content_type()
        self.forms.append(form)
        await self.answering.wait()
        if self.misbehave:
            await self.misbehave(wire)
        elif form["authorization"] != f"Bearer {KEY}":
            send(wire, 401, b"{}")
        else:
            send(wire, 200, json.dumps({"text": self.says}).encode())


@pytest.fixture(scope="module")
async def speech_server() -> AsyncIterator[SpeechDouble]:
    double = SpeechDouble()
    async with a_receiver() as receiver:
        receiver.reply = double.reply
        double.url = f"http://127.0.0.1:{receiver.port}/v1/audio/transcriptions"
        yield double


@pytest.fixture
def speech(speech_server: SpeechDouble) -> SpeechDouble:
    """The server with its default behaviour."""
    speech_server.misbehave, speech_server.says = None, "三号楼路灯不亮"
    speech_server.forms.clear()
    speech_server.answering.set()
    return speech_server


@pytest.fixture(scope="module")
def reach() -> Literal["home", "nowhere"]:
    """Whether the settings allow the network of the speech server."""
    return "home"


@pytest.fixture(scope="module")
def settings(
    settings: Settings,
    speech_server: SpeechDouble,
    reach: Literal["home", "nowhere"],
    tmp_path_factory: pytest.TempPathFactory,
) -> Settings:
    key_file = tmp_path_factory.mktemp("speech") / "key"
    key_file.write_text(KEY + "\n")
    server = SpeechServer(
        kind="speech_server", url=speech_server.url, model="sensevoice", language="zh", key_file=key_file
    )
    return settings.model_copy(
        update={
            "transcription": server,
            "transcription_allowed_subnets": (ip_network("127.0.0.0/8"),) if reach == "home" else (),
            "transcription_timeout_s": 1.0,
            "transcriptions_at_once": 2,
        }
    )


@pytest.fixture
async def phone(session: AsyncSession, api: Caller) -> Caller:
    organ = await build.an_organisation(session)
    cadre = await somebody(session, Role.CADRE, organ)
    await session.commit()
    return api.as_(cadre)
