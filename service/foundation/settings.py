"""What may be configured, in which unit. Read from the environment; every name starts with GRASSROOTS_."""

from functools import lru_cache
from ipaddress import IPv4Network, IPv6Network
from pathlib import Path
from typing import Annotated, Any, Literal
from urllib.parse import urlsplit

from pydantic import BaseModel, ConfigDict, Field, StringConstraints, field_validator
from pydantic_settings import BaseSettings, NoDecode, SettingsConfigDict

Origin = Annotated[
    str, StringConstraints(pattern=r"^[a-z][a-z0-9+.-]*://(\[[0-9a-f:.]+\]|[a-z0-9._-]+)(:[0-9]{1,5})?$")
]
"""Scheme, host and port; no path, and nothing that stands for more than one."""


class SpeechServer(BaseModel):
    """Where voices become text; what it speaks stands in `service/fieldwork/transcriptions/speech_server.py`."""

    model_config = ConfigDict(extra="forbid", frozen=True, hide_input_in_errors=True)

    kind: Literal["speech_server"]
    url: Annotated[str, StringConstraints(pattern=r"^https?://[^\s?#]+$", max_length=500)]
    """The whole address: `http://speech.internal:8000/v1/audio/transcriptions`."""
    model: Annotated[str, StringConstraints(min_length=1, max_length=100)]
    """As the server calls it: `sensevoice`, `paraformer`."""
    language: Annotated[str, StringConstraints(pattern=r"^[a-z]{2,3}$")] | None = None
    key_file: Path | None = None
    """A file with the key that is sent as a bearer token, if the server wants one."""


class Settings(BaseSettings):
    """All knobs. Durations end in `_s`, sizes in `_bytes`."""

    model_config = SettingsConfigDict(env_prefix="GRASSROOTS_", frozen=True, populate_by_name=True, extra="ignore")

    environment: Literal["development", "production"] = "production"
    public_url: str = "http://127.0.0.1:8000"
    """Where the outside world reaches the API; links in webhooks start with it."""
    keys_directory: Path = Path("keys")
    """Folder with the signing, request_fingerprint and field keys (`grassroots keys create`); mode 0700."""
    field_cipher: str = "aes-256-gcm"
    """What encrypts columns: `aes-256-gcm`, `sm4-gcm`, or a KMS adapter `module:function` (see `field_cipher.py`)."""

    allowed_hosts: Annotated[tuple[str, ...], NoDecode] = ()
    """Further host names the API is asked under, beside that of `public_url`; in production all others are refused."""
    cors_origins: Annotated[tuple[Origin, ...], NoDecode] = ()
    """Origins whose scripts may ask, exactly as a browser says them: `https://desk.example.gov.cn`. None by default."""

    database_url: str = Field(validation_alias="DATABASE_URL", default="")
    """The service's role: may read and write, may not change or remove an event."""
    owner_database_url: str = Field(validation_alias="OWNER_DATABASE_URL", default="")
    """The owner's role, for migrations, backup and restore only."""
    auditor_database_url: str = Field(validation_alias="AUDITOR_DATABASE_URL", default="")
    """The auditor's role, which alone reads the access log: for `grassroots audit`, not for the service."""
    service_role: str = "grassroots_service"
    auditor_role: str = "grassroots_auditor"
    pool_size: int = 8
    """Connections per process for each of the two pools (ordinary and hot)."""
    statement_timeout_ms: int = 2_000
    """No writing transaction outlives this: an open one holds up the feed of everybody (DESIGN §5.1)."""

    access_token_s: int = Field(default=600, ge=60, le=3600)
    """A revoked device still asks until its last access token has run out: nothing is looked up for each request."""
    device_idle_s: int = Field(default=30 * 86_400, ge=3600)
    """A device that did not ask for a token so long has to sign in again."""
    device_absolute_s: int = Field(default=180 * 86_400, ge=3600)
    """So long after signing in it has to in any case."""
    refresh_repeat_s: int = Field(default=60, ge=0, le=600)
    """A refresh token sent again within this time is answered with the same successor; later with another one."""
    requests_per_minute_person: int = Field(default=1_200, ge=1)
    """Of each API process by itself, as the next three (`service/identity/auth/limits.py`)."""
    requests_per_minute_device: int = Field(default=600, ge=1)
    requests_per_minute_client: int = Field(default=6_000, ge=1)
    requests_per_minute_address: int = Field(default=600, ge=1)
    """Steps of signing in through a provider from one address (IPv6: one /64); a whole office may stand behind one."""
    second_factor_roles: Annotated[tuple[str, ...], NoDecode] = ()
    """Roles whose holders sign in with a second factor besides the three administrators, e.g. `personnel_organ`."""
    lock_account_failures: int = Field(default=5, ge=2)
    """So many failures of one account, without a success between, lock it (DOMAIN §7.3)."""
    lock_account_window_s: int = Field(default=86_400, ge=60)
    lock_address_failures: int = Field(default=300, ge=2)
    """From one address (IPv6: one /64) within its window; a whole office may stand behind one."""
    lock_address_window_s: int = Field(default=3_600, ge=60)
    lock_first_s: int = Field(default=60, ge=1)
    """The first lock; each further failure doubles it."""
    lock_longest_s: int = Field(default=1_800, ge=1)
    client_secret_overlap_s: int = Field(default=86_400, ge=0)
    """After a service client's secret was renewed, the one before holds for so long."""
    body_limit_bytes: int = 1_000_000
    import_file_bytes: int = Field(default=16_000_000, ge=1_000, le=64_000_000)
    """How large a file of an import may be; every other body keeps to the limit above."""
    import_leavers_percent: int = Field(default=10, ge=0, le=100)
    """When a file would end the postings of more of those it covers, the confirmation must name how many."""
    password_hashes_at_once: int = 1
    sign_in_providers: list[dict[str, Any]] = []
    """Where people may sign in besides the password here, as JSON; the shapes stand in
    `service/identity/auth/adapters/configured.py`. Secrets are named by file or variable, never written in it."""
    sign_in_timeout_s: float = Field(default=5.0, gt=0, le=30)
    """Each call to such a provider takes at most this, from the name to the last byte."""
    sign_in_attempt_s: int = Field(default=600, ge=60, le=1800)
    """How long a person may take on the provider's page."""
    sign_in_allowed_subnets: Annotated[tuple[IPv4Network | IPv6Network, ...], NoDecode] = ()
    """Private networks such a provider may live in, as for webhooks."""
    transcription: SpeechServer | None = None
    """What turns voices into text, as JSON; none by default, and then nobody is offered it."""
    transcription_allowed_subnets: Annotated[tuple[IPv4Network | IPv6Network, ...], NoDecode] = ()
    """The networks it is reached in, and no others: voices do not leave them."""
    transcription_timeout_s: float = Field(default=30.0, gt=0, le=120)
    transcriptions_at_once: int = Field(default=4, ge=1)
    """Of each API process; whoever comes then is told to type or to try again."""
    voice_bytes: int = Field(default=2_000_000, ge=1_000, le=8_000_000)
    """How large a recording may be: a minute of plain WAV at 16 kHz is 1.92 MB, of Opus a tenth of that."""
    position_kept_days: int = Field(default=90, ge=1, le=90)
    """How long a position is kept for a person who consented; never more than 90 days (DESIGN §2.8)."""

    secrecy_marks: Annotated[tuple[str, ...], NoDecode] = ("绝密★", "机密★", "秘密★")
    """Texts with one of these marks are refused; the star makes it the mark of a classified document. Empty: none."""
    retention_days: dict[str, int] = {}
    """Days that differ from the retention rules of the manifests, as JSON: `{"problem_text": 1825}`."""

    relay_poll_s: float = 0.1
    relay_batch: int = 500
    delivery_poll_s: float = 0.1
    delivery_runs_at_once: int = 16
    webhook_timeout_s: float = 10.0
    webhook_allowed_subnets: Annotated[tuple[IPv4Network | IPv6Network, ...], NoDecode] = ()
    """Private networks that receivers may live in, e.g. `10.20.0.0/16,127.0.0.0/8`; all others are refused."""
    feed_lag_ready_s: float = 30.0
    """`/readyz` answers 503 when the oldest event not yet in the feed is older than this."""
    chain_head_directory: Path | None = None
    """Where the signed head of each chain is exported daily; keep it outside this machine."""

    @property
    def is_https(self) -> bool:
        """Whether the outside world reaches us by TLS."""
        return self.public_url.lower().startswith("https://")

    @property
    def hosts(self) -> frozenset[str] | None:
        """The host names we answer to, in lower case; None in development: any."""
        if self.environment == "development":
            return None
        return frozenset(host.lower() for host in (urlsplit(self.public_url).hostname or "", *self.allowed_hosts))

    @field_validator(
        "webhook_allowed_subnets",
        "sign_in_allowed_subnets",
        "transcription_allowed_subnets",
        "secrecy_marks",
        "allowed_hosts",
        "cors_origins",
        "second_factor_roles",
        mode="before",
    )
    @classmethod
    def _split(cls, value: object) -> object:
        return tuple(part.strip() for part in value.split(",") if part.strip()) if isinstance(value, str) else value


@lru_cache
def settings() -> Settings:
    """The settings of this process."""
    return Settings()
