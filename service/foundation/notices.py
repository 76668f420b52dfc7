"""Notices that are shown at every input for texts and files."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Notice:
    """A notice in Chinese and English."""

    code: str
    zh: str
    en: str


NO_STATE_SECRETS = Notice(
    "no_state_secrets",
    "本系统为非涉密系统，严禁录入、上传、存储、处理、传输国家秘密和工作秘密（保守国家秘密法第三十一条）。",
    "This is not a classified system: do not enter, upload, keep or pass on state secrets or work secrets here"
    " (Law on Guarding State Secrets, art. 31).",
)
LEAST_DATA = Notice(
    "least_data",
    "文字和附件中请勿写入群众姓名、电话、证件号码、住址、健康状况和未成年人信息；联系方式只填在专用栏目。",
    "Leave names, phones, identity numbers, addresses, health and anything about minors out of texts and files;"
    " contacts go into their own field only.",
)
NOTICES = (NO_STATE_SECRETS, LEAST_DATA)
