"""Settings of the speech server: off by default, allowed networks, invalid settings."""

from ipaddress import ip_network
from typing import Literal

import pytest
from pydantic import ValidationError
from structlog.testing import capture_logs

from routers.app import create_app
from routers.deps import Resources
from service.fieldwork.transcriptions.errors import TranscriptionUnavailable
from service.fieldwork.transcriptions.recordings import parse_recording
from service.fieldwork.transcriptions.speech_server import SpeechServerAdapter
from service.fieldwork.transcriptions.transcription_service import TranscriptionService
from service.foundation.settings import Settings, SpeechServer
from tests.conftest import Caller, caller
from tests.fieldwork.transcriptions.conftest import OPUS, SpeechDouble


@pytest.fixture(scope="module")
def reach() -> Literal["home", "nowhere"]:
    return "nowhere"


async def test_server_outside_the_allowed_networks_receives_no_recording(phone: Caller, speech: SpeechDouble) -> None:
    answer = await phone.post("/v1/transcriptions", content=OPUS)

    assert (answer.status_code, answer.json()["code"]) == (503, "transcription.unavailable")
    assert speech.forms == []


async def test_public_server_outside_the_allowed_networks_is_not_called() -> None:
    public = SpeechServer(kind="speech_server", url="http://1.1.1.1:9/v1/audio/transcriptions", model="sensevoice")
    adapter = SpeechServerAdapter(public, timeout_s=1, allowed=(ip_network("10.0.0.0/8"),))

    with capture_logs() as logs, pytest.raises(TranscriptionUnavailable):
        await adapter.transcribe(parse_recording(OPUS))

    assert [line["why"] for line in logs] == ["address_refused"]


async def test_transcription_without_a_server_asks_the_person_to_type(phone: Caller, resources: Resources) -> None:
    resources.transcriptions = TranscriptionService.from_settings(Settings())
    without = caller(create_app(resources), resources)
    without.headers["Authorization"] = phone.headers["Authorization"]

    answer = await without.post("/v1/transcriptions", content=OPUS)

    assert (answer.status_code, answer.json()["code"]) == (404, "transcription.off")
    assert "请直接输入文字" in answer.json()["title"]


@pytest.mark.parametrize(
    "wrong",
    [{"kind": "cloud"}, {"url": "ftp://speech.internal/"}, {"url": "http://speech/?key=1"}, {"key": "written here"}],
)
def test_invalid_server_settings_are_refused_at_start(wrong: dict[str, str]) -> None:
    right = {"kind": "speech_server", "url": "http://speech.internal/v1/audio/transcriptions", "model": "paraformer"}

    assert SpeechServer.model_validate(right).model == "paraformer"
    with pytest.raises(ValidationError) as rejection:
        SpeechServer.model_validate(right | wrong)
    assert "written here" not in str(rejection.value)
