"""How a resident can be reached."""

from typing import Annotated

from pydantic import StringConstraints

from schemas.foundation.common import Line, RequestModel

Phone = Annotated[str, StringConstraints(pattern=r"^\+?[0-9 ()-]{5,24}$")]
"""A phone number as it is written; kept as it is, looked up by its E.164 form."""


class Contact(RequestModel):
    """Whom to answer. Encrypted at once, shown to the handler only, each reveal logged."""

    name: Line
    phone: Phone
