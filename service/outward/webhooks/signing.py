"""Secrets and signatures of webhooks: Standard Webhooks 1.0, symmetric (`v1`)."""

import secrets as randomness
from base64 import b64encode
from collections.abc import Sequence
from datetime import UTC, datetime

from standardwebhooks import Webhook

SECRET_BYTES = 32
SECRET_COLUMN = "endpoint_secret.secret"  # noqa: S105 - the name of a column, not a secret


def new_secret() -> str:
    """A fresh secret as the owner gets it: `whsec_` and 32 bytes in base64."""
    return "whsec_" + b64encode(randomness.token_bytes(SECRET_BYTES)).decode()


def signed_headers(secrets: Sequence[str], message_id: str, sent_at: datetime, body: bytes) -> dict[str, str]:
    """The three headers of one message; while secrets are being replaced, one signature for each."""
    # the library takes any datetime for UTC
    sent_at = sent_at.astimezone(UTC)
    signatures = [Webhook(secret).sign(message_id, sent_at, body.decode()) for secret in secrets]
    return {
        "webhook-id": message_id,
        "webhook-timestamp": str(int(sent_at.timestamp())),
        "webhook-signature": " ".join(signatures),
    }
