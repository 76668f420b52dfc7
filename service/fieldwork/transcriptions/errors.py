"""Errors of transcriptions."""

from service.foundation.errors import DomainError, Kind


class TranscriptionOff(DomainError):
    """Transcription is not enabled in this system. Type the text instead."""

    kind, code = Kind.NOT_FOUND, "transcription.off"
    zh = "本系统没有启用语音转文字。请直接输入文字。"


class RecordingUnreadable(DomainError):
    """The recording cannot be read. Send a complete recording as WAV, Ogg Opus or MP4 (AAC)."""

    kind, code = Kind.INVALID, "transcription.recording_unreadable"
    zh = "无法识别这段录音。请发送 WAV、Ogg Opus 或 MP4（AAC）格式的完整录音。"


class RecordingTooLong(DomainError):
    """The recording lasts about {duration_s} seconds; at most {longest_s} are accepted. Record it in
    shorter parts.
    """

    kind, code = Kind.INVALID, "transcription.recording_too_long"
    zh = "录音约 {duration_s} 秒，最长 {longest_s} 秒。请分段录音。"


class TranscriptionBusy(DomainError):
    """Too many recordings are transcribed now. Try again in a few seconds, or type the text."""

    kind, code = Kind.BUSY, "transcription.busy"
    zh = "语音转文字正忙，请几秒后再试，或直接输入文字。"


class TranscriptionUnavailable(DomainError):
    """Transcription is not available now. Type the text instead."""

    kind, code = Kind.BUSY, "transcription.unavailable"
    zh = "语音转文字暂时不可用，请直接输入文字。"
