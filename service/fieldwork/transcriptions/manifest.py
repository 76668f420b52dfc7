"""Manifest of transcriptions: the check of the speech server settings."""

from service.fieldwork.transcriptions.speech_server import SpeechServerUnusable
from service.fieldwork.transcriptions.transcription_service import TranscriptionService
from service.foundation.manifest.checks import WIDEST, SettingsCheck
from service.foundation.manifest.manifest import Manifest
from service.foundation.settings import Settings


def speech_server_unusable(settings: Settings) -> str | None:
    """Return why the speech server settings are wrong, or None. The allowed networks must be narrow."""
    try:
        TranscriptionService.from_settings(settings)
    except SpeechServerUnusable as failure:
        return str(failure)
    if settings.transcription and not settings.transcription_allowed_subnets:
        return "no networks"
    subnets = settings.transcription_allowed_subnets
    wide_subnets = [subnet for subnet in subnets if subnet.prefixlen < WIDEST[subnet.version]]
    return ", ".join(map(str, wide_subnets)) or None


MANIFEST = Manifest(
    settings_checks=(
        SettingsCheck(
            "speech_server",
            True,
            speech_server_unusable,
            "语音转文字的设置不可用：{found}。请检查 GRASSROOTS_TRANSCRIPTION，"
            "并在 GRASSROOTS_TRANSCRIPTION_ALLOWED_SUBNETS 里只写语音服务所在的网段。",
            "The settings of the transcription are wrong: {found}. Check GRASSROOTS_TRANSCRIPTION, and list only the"
            " networks of the speech server in GRASSROOTS_TRANSCRIPTION_ALLOWED_SUBNETS.",
        ),
    )
)
