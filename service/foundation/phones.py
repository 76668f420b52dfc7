"""Phone numbers in one form, however they were written: E.164, e.g. `+8613912345678`."""

import phonenumbers

HOME = "CN"


def e164(written: str) -> str | None:
    """The number in E.164; one without a country's code is Chinese. None for what cannot be a phone number."""
    try:
        number = phonenumbers.parse(written, HOME)
    except phonenumbers.NumberParseException:
        return None
    if not phonenumbers.is_possible_number(number):
        return None
    return phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)
