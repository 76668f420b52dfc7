"""What was filled into a form, as the messages the service understands."""

from typing import Any, TypeVar

from fastapi import Request
from pydantic import BaseModel, ValidationError

from service.foundation.errors import DomainError, Kind

Filled = TypeVar("Filled", bound=BaseModel)


class FormIncomplete(DomainError):
    """Fill in login and password; a new password has at least 12 characters, a code six digits."""

    kind, code = Kind.INVALID, "page.form_incomplete"
    zh = "请填写登录名和密码；新密码至少 12 个字符，动态码为 6 位数字。"


async def fields(request: Request, *names: str) -> dict[str, str]:
    """The fields as texts; a file, or what was not sent, is empty."""
    form = await request.form()
    sent = {name: form.get(name) for name in names}
    return {name: value if isinstance(value, str) else "" for name, value in sent.items()}


def filled(message: type[Filled], **fields: Any) -> Filled:
    """Raises FormIncomplete."""
    try:
        return message.model_validate(fields)
    except ValidationError:
        raise FormIncomplete from None
