"""Secrets and signatures of webhooks: Standard Webhooks 1.0, symmetric (`v1`)."""

import secrets as randomness
from base64 import b64encode
from collections.abc import Sequence
from datetime import UTC, datetime

from standardwebhooks import Webhook

SECRET_BYTES = 32
SECRET_COLUMN = "endpoint_secret.secret"  # noqa: S105 - the name of a column, not a secret


def new_secret() -> str:
    """Create a secret: `whsec_` and 32 random bytes in base64."""
    return "whsec_" + b64encode(randomness.token_bytes(SECRET_BYTES)).decode()


def signed_headers(secrets: Sequence[str], message_id: str, sent_at: datetime, body: bytes) -> dict[str, str]:
    """Build the three headers of one message, with one signature for each secret."""
    # the library reads every datetime as UTC
    sent_at = sent_at.astimezone(UTC)
    signatures = [Webhook(secret).sign(message_id, sent_at, body.decode()) for secret in secrets]
    return {
        "webhook-id": message_id,
        "webhook-timestamp": str(int(sent_at.timestamp())),
        "webhook-signature": " ".join(signatures),
    }
