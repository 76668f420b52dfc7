"""Phone numbers in E.164 form, for example `+8613912345678`."""

import phonenumbers

DEFAULT_REGION = "CN"


def e164(text: str) -> str | None:
    """Return the number in E.164; None for a text that is no phone number.

    Without a country code it is Chinese.
    """
    try:
        number = phonenumbers.parse(text, DEFAULT_REGION)
    except phonenumbers.NumberParseException:
        return None
    if not phonenumbers.is_possible_number(number):
        return None
    return phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)
