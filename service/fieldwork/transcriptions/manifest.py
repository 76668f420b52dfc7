"""What the rest of the house must know of transcriptions."""

from service.fieldwork.transcriptions.speech_server import SpeechServerUnusable
from service.fieldwork.transcriptions.transcription_service import TranscriptionService
from service.foundation.manifest.checks import WIDEST, SettingsCheck
from service.foundation.manifest.manifest import Manifest
from service.foundation.settings import Settings


def speech_server_unusable(settings: Settings) -> str | None:
    """Why the speech server cannot be used as set: it may stand on this machine, but not just anywhere."""
    try:
        TranscriptionService.of(settings)
    except SpeechServerUnusable as failure:
        return str(failure)
    if settings.transcription and not settings.transcription_allowed_subnets:
        return "no networks"
    wide = [one for one in settings.transcription_allowed_subnets if one.prefixlen < WIDEST[one.version]]
    return ", ".join(map(str, wide)) or None


MANIFEST = Manifest(
    settings_checks=(
        SettingsCheck(
            "speech_server",
            True,
            speech_server_unusable,
            "语音转文字的设置不可用：{found}。请检查 GRASSROOTS_TRANSCRIPTION，"
            "并在 GRASSROOTS_TRANSCRIPTION_ALLOWED_SUBNETS 里只写语音服务所在的网段。",
            "Recording to text cannot be used as set: {found}. Check GRASSROOTS_TRANSCRIPTION, and list only the networks"
            " of the speech server in GRASSROOTS_TRANSCRIPTION_ALLOWED_SUBNETS.",
        ),
    )
)
