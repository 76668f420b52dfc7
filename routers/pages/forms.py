"""Convert submitted forms to request models."""

from typing import Any, TypeVar

from fastapi import Request
from pydantic import BaseModel, ValidationError

from service.foundation.errors import DomainError, Kind

Model = TypeVar("Model", bound=BaseModel)


class FormIncomplete(DomainError):
    """The form is incomplete. Fill in login and password.
    A new password has at least 12 characters, a code six digits.
    """

    kind, code = Kind.INVALID, "page.form_incomplete"
    zh = "请填写登录名和密码；新密码至少 12 个字符，动态码为 6 位数字。"


async def fields(request: Request, *names: str) -> dict[str, str]:
    """Return the fields of the form as texts. A missing field or a file becomes an empty text."""
    form = await request.form()
    values = {name: form.get(name) for name in names}
    return {name: value if isinstance(value, str) else "" for name, value in values.items()}


def parse_form(model: type[Model], **fields: Any) -> Model:
    """Validate the fields of a form. Raises: FormIncomplete."""
    try:
        return model.model_validate(fields)
    except ValidationError:
        raise FormIncomplete from None
