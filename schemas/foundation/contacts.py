"""Contact data of a resident."""

from typing import Annotated

from pydantic import StringConstraints

from schemas.foundation.common import Line, RequestModel

Phone = Annotated[str, StringConstraints(pattern=r"^\+?[0-9 ()-]{5,24}$")]
"""A phone number in any usual spelling. It is stored unchanged and searched by its E.164 form."""


class Contact(RequestModel):
    """Name and phone of the resident to answer.

    Stored encrypted; only the handler can read it, and each read is logged.
    """

    name: Line
    phone: Phone
