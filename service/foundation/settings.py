"""The settings, read from environment variables.

Their names start with GRASSROOTS_, except the database URLs.
"""

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
"""Scheme, host and port, without path or wildcard."""


class SpeechServer(BaseModel):
    """A speech-to-text server. Its protocol: `service/fieldwork/transcriptions/speech_server.py`."""

    model_config = ConfigDict(extra="forbid", frozen=True, hide_input_in_errors=True)

    kind: Literal["speech_server"]
    url: Annotated[str, StringConstraints(pattern=r"^https?://[^\s?#]+$", max_length=500)]
    """The complete URL: `http://speech.internal:8000/v1/audio/transcriptions`."""
    model: Annotated[str, StringConstraints(min_length=1, max_length=100)]
    """The name of the model on the server, for example `sensevoice` or `paraformer`."""
    language: Annotated[str, StringConstraints(pattern=r"^[a-z]{2,3}$")] | None = None
    key_file: Path | None = None
    """A file with the key that is sent as bearer token, if the server requires one."""


class Settings(BaseSettings):
    """All settings. Names of durations end in `_s` (seconds), of sizes in `_bytes`."""

    model_config = SettingsConfigDict(env_prefix="GRASSROOTS_", frozen=True, populate_by_name=True, extra="ignore")

    environment: Literal["development", "production"] = "production"
    public_url: str = "http://127.0.0.1:8000"
    """The public URL of the API. Links in webhooks start with it."""
    keys_directory: Path = Path("keys")
    """The folder of all keys (`grassroots keys create`), mode 0700."""
    field_cipher: str = "aes-256-gcm"
    """The cipher of columns: `aes-256-gcm`, `sm4-gcm`, or a KMS adapter `module:function` (`field_cipher.py`)."""

    allowed_hosts: Annotated[tuple[str, ...], NoDecode] = ()
    """Additional host names of the API, besides that of `public_url`. In production all other names are refused."""
    cors_origins: Annotated[tuple[Origin, ...], NoDecode] = ()
    """Allowed CORS origins, exactly as a browser sends them: `https://desk.example.gov.cn`. None by default."""

    database_url: str = Field(validation_alias="DATABASE_URL", default="")
    """URL with the role of the service: it reads and writes, but cannot change or delete an event."""
    owner_database_url: str = Field(validation_alias="OWNER_DATABASE_URL", default="")
    """URL with the owner role, only for migrations, backup and restore."""
    auditor_database_url: str = Field(validation_alias="AUDITOR_DATABASE_URL", default="")
    """URL with the auditor role, the only one that reads the access log; for `grassroots audit`."""
    service_role: str = "grassroots_service"
    auditor_role: str = "grassroots_auditor"
    pool_size: int = 8
    """Connections per process in each of the two pools (sessions and autocommit)."""
    statement_timeout_ms: int = 2_000
    """The limit of a transaction: an open writing transaction delays the feed of all readers (DESIGN §5.1)."""

    access_token_s: int = Field(default=600, ge=60, le=3600)
    """Lifetime of an access token. A revoked device keeps access until its token expires; requests do no lookup."""
    device_idle_s: int = Field(default=30 * 86_400, ge=3600)
    """A device that did not refresh its token for this long must sign in again."""
    device_absolute_s: int = Field(default=180 * 86_400, ge=3600)
    """A device must sign in again this long after its sign-in, in any case."""
    refresh_repeat_s: int = Field(default=60, ge=0, le=600)
    """A refresh token that is sent again within this time gets the same new token again."""
    requests_per_minute_person: int = Field(default=1_200, ge=1)
    """Each API process counts for itself; this also applies to the next three (`service/identity/auth/limits.py`)."""
    requests_per_minute_device: int = Field(default=600, ge=1)
    requests_per_minute_client: int = Field(default=6_000, ge=1)
    requests_per_minute_address: int = Field(default=600, ge=1)
    """Sign-in requests through a provider from one address (IPv6: one /64). A whole office may share one address."""
    second_factor_roles: Annotated[tuple[str, ...], NoDecode] = ()
    """Roles that must sign in with a second factor, besides the three administrator roles; e.g. `personnel_organ`."""
    lock_account_failures: int = Field(default=5, ge=2)
    """This many failed sign-ins in a row lock an account (DOMAIN §7.3)."""
    lock_account_window_s: int = Field(default=86_400, ge=60)
    lock_address_failures: int = Field(default=300, ge=2)
    """This many failures from one address (IPv6: one /64) lock it. A whole office may share one address."""
    lock_address_window_s: int = Field(default=3_600, ge=60)
    lock_first_s: int = Field(default=60, ge=1)
    """Duration of the first lock. Each further failure doubles it."""
    lock_longest_s: int = Field(default=1_800, ge=1)
    client_secret_overlap_s: int = Field(default=86_400, ge=0)
    """The previous secret of a service client stays valid for this long after a renewal."""
    body_limit_bytes: int = 1_000_000
    import_file_bytes: int = Field(default=16_000_000, ge=1_000, le=64_000_000)
    """Maximum size of an import file. All other request bodies have the limit above."""
    import_leavers_percent: int = Field(default=10, ge=0, le=100)
    """If a file would end a larger share of the postings it covers, the confirmation must state the number."""
    password_hashes_at_once: int = 1
    sign_in_providers: list[dict[str, Any]] = []
    """External sign-in providers, as JSON; format: `service/identity/auth/adapters/provider_settings.py`.

    It names secrets by file or variable and never contains them.
    """
    sign_in_timeout_s: float = Field(default=5.0, gt=0, le=30)
    """Maximum time of a call to such a provider, from name resolution to the last byte."""
    sign_in_attempt_s: int = Field(default=600, ge=60, le=1800)
    """Maximum time that a person may spend on the page of the provider."""
    sign_in_allowed_subnets: Annotated[tuple[IPv4Network | IPv6Network, ...], NoDecode] = ()
    """Private networks in which a provider may be, as for webhooks."""
    transcription: SpeechServer | None = None
    """The speech-to-text server, as JSON. Without it (default) the API offers no transcription."""
    transcription_allowed_subnets: Annotated[tuple[IPv4Network | IPv6Network, ...], NoDecode] = ()
    """The only networks in which the speech-to-text server may be. Recordings do not leave them."""
    transcription_timeout_s: float = Field(default=30.0, gt=0, le=120)
    transcriptions_at_once: int = Field(default=4, ge=1)
    """Maximum number of parallel transcriptions per API process. Further requests are refused as busy."""
    voice_bytes: int = Field(default=2_000_000, ge=1_000, le=8_000_000)
    """Maximum size of a recording. One minute of WAV at 16 kHz has 1.92 MB; Opus needs a tenth of it."""
    position_kept_days: int = Field(default=90, ge=1, le=90)
    """Days that a position is kept if the person consented; 90 days at most (DESIGN §2.8)."""

    secrecy_marks: Annotated[tuple[str, ...], NoDecode] = ("绝密★", "机密★", "秘密★")
    """Texts with one of these marks are refused. Classified documents carry the mark with the star. Empty: no check."""
    retention_days: dict[str, int] = {}
    """Days that replace those of the retention rules in the manifests, as JSON: `{"problem_text": 1825}`."""

    relay_poll_s: float = 0.1
    relay_batch: int = 500
    delivery_poll_s: float = 0.1
    delivery_runs_at_once: int = 16
    webhook_timeout_s: float = 10.0
    webhook_allowed_subnets: Annotated[tuple[IPv4Network | IPv6Network, ...], NoDecode] = ()
    """Private networks in which webhook receivers may be, e.g. `10.20.0.0/16,127.0.0.0/8`. All others are refused."""
    feed_lag_ready_s: float = 30.0
    """`/readyz` returns 503 when the oldest event that is not yet in the feed is older than this."""
    chain_head_directory: Path | None = None
    """The folder for the daily export of the signed chain heads. Keep it on another machine."""

    @property
    def is_https(self) -> bool:
        """Whether clients reach the API with TLS."""
        return self.public_url.lower().startswith("https://")

    @property
    def hosts(self) -> frozenset[str] | None:
        """The accepted host names, in lower case. None in development: all names."""
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
    """Return the settings of this process (cached)."""
    return Settings()
