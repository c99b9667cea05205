"""What an operator sets. Unset means embedded, set means real (DESIGN §2)."""

from __future__ import annotations

from base64 import b64decode
from functools import cached_property
from pathlib import Path

from pydantic import AliasChoices, Field, SecretStr, field_validator, model_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

from libs.common.errors import Misconfigured

LOOPBACK_HOSTS = frozenset({"127.0.0.1", "::1", "localhost"})
B2_FIELDS = ("b2_endpoint_url", "b2_bucket_name", "b2_access_key_id", "b2_secret_access_key")

SIGNING_KEY_BYTES = 32
"""Of an Ed25519 key (RFC 8032, 5.1.5)."""


class Settings(BaseSettings):
    """The environment, read once at start. Secrets never show in a representation."""

    model_config = SettingsConfigDict(
        frozen=True, extra="ignore", env_ignore_empty=True, populate_by_name=True, hide_input_in_errors=True
    )

    home: Path = Field(default=Path(".entrepot"), validation_alias=AliasChoices("ENTREPOT_HOME", "home"))
    """State of the embedded parts, working copies and unpacked versions; a folder of its own for each machine."""
    amqp_url: SecretStr | None = None
    """RabbitMQ: `amqp://user:password@host:port/`; unset: messages in the database."""
    mongo_uri: SecretStr | None = None
    """A MongoDB replica set: `mongodb://…`; unset: a mongod of our own, as a child process."""
    db_name: str = "entrepot"
    """The one database, which holds the platform's and the experiments' collections."""
    mongod: Path | None = None
    """The mongod binary of the embedded database; looked up when unset."""

    b2_endpoint_url: str | None = None
    """Backblaze B2 or another S3; set with bucket and keys, or not at all: then a folder keeps the bytes."""
    b2_public_endpoint_url: str | None = None
    """What browsers call the storage, where that differs."""
    b2_bucket_name: str | None = None
    """The bucket, which must exist."""
    b2_access_key_id: SecretStr | None = None
    """A key that may list, read, write and delete in the bucket."""
    b2_secret_access_key: SecretStr | None = None
    """Its secret."""
    links_to_gateway: bool = False
    """Whether downloads from B2 go through the gateway, for a storage that browsers do not reach."""
    shared_storage_dir: Path | None = None
    """A folder that all services see, in place of B2."""
    ray_address: str | None = None
    """A Ray cluster (`host:port`); its token, if it asks for one, is Ray's own RAY_AUTH_TOKEN."""
    host_experiments: bool = True
    """Whether the importer hosts experiments on Ray; without, it imports and keeps them only."""
    experiment_mongo_uri: SecretStr | None = None
    """The database address that experiments are given, best of a user with less rights; unset: the services' own."""
    internal_url: str | None = None
    """What the nodes of a Ray cluster call this gateway; unset: as browsers do."""

    host: str = "127.0.0.1"
    """Where the gateway listens; on any other than this machine's own address, tokens are required."""
    port: int = 8080
    """The gateway's port."""
    health_port: int | None = None
    """Where a service other than the gateway answers /livez and /readyz; unset: nowhere."""
    public_url: str | None = None
    """What browsers and events call the gateway; unset: `http://HOST:PORT`."""
    experiments_origin: str | None = None
    """What browsers call the experiments' own origin (`https://experiments.example.org`); unset: the gateway's."""
    experiments_port: int | None = None
    """Where the gateway listens for that origin; unset: the port of EXPERIMENTS_ORIGIN."""
    trust_loopback: bool = True
    """Whether requests from this machine need no token, while HOST is its own and all parts are embedded."""
    admin_token: SecretStr | None = Field(
        default=None, validation_alias=AliasChoices("ENTREPOT_ADMIN_TOKEN", "admin_token")
    )
    """The first administrator's token; where it is changed, the value before is revoked."""
    export_signing_key: SecretStr | None = None
    """Ed25519 key by which exports are signed: 32 random bytes in base64; unset: they are not."""
    benchmark_upload_anonymous: bool = False
    """Let anybody upload benchmark dumps, as the seed's curl line does; elsewhere that needs a token."""
    webhook_private_targets: bool = False
    """Let webhooks call addresses of this machine and of private networks, which is refused by default."""
    experiments_dir: Path | None = None
    """Working copies of experiments; unset: `experiments/` in ENTREPOT_HOME."""
    workers: int = Field(default=2, gt=0)
    """Jobs that one service process works on at the same time."""
    niceness: int = Field(default=0, ge=0, le=19)
    """How far this process's session gives way to others on its machine, on Linux (sched(7)); `manage.py up` gives 10
    to exporter, importer and benchmarks."""
    deflate: str = Field(default="isal", pattern="^(isal|zlib)$")
    """`isal` is fast; `zlib` packs byte for byte the same on every machine and for years."""
    log_format: str = Field(default="console", pattern="^(console|json)$")
    """`console` for people, `json` for machines."""
    log_level: str = "info"
    """`debug`, `info`, `warning` or `error`."""

    @field_validator("export_signing_key")
    @classmethod
    def _is_a_key(cls, key: SecretStr | None) -> SecretStr | None:
        if key is not None and len(b64decode(key.get_secret_value(), validate=True)) != SIGNING_KEY_BYTES:
            raise ValueError("the key must be 32 bytes in base64, as `openssl rand -base64 32` gives")
        return key

    @model_validator(mode="after")
    def _b2_is_complete(self) -> Settings:
        missing = [name.upper() for name in B2_FIELDS if getattr(self, name) is None]
        if 0 < len(missing) < len(B2_FIELDS):
            raise ValueError(f"B2 storage is half configured; also set {', '.join(missing)}")
        return self

    @cached_property
    def uses_b2(self) -> bool:
        return self.b2_bucket_name is not None

    @cached_property
    def is_embedded(self) -> bool:
        """Whether broker and database are both our own; a condition of loopback trust."""
        return self.amqp_url is None and self.mongo_uri is None

    @cached_property
    def binds_loopback(self) -> bool:
        return self.host in LOOPBACK_HOSTS

    @cached_property
    def exports_dir(self) -> Path:
        """Folder of the local blob storage; `temp_exports/` is the seed's name."""
        return (self.shared_storage_dir or self.home / "temp_exports").absolute()

    @cached_property
    def working_copies_dir(self) -> Path:
        """Holds `{slug}/` of each installed experiment."""
        return (self.experiments_dir or self.home / "experiments").absolute()

    @cached_property
    def versions_dir(self) -> Path:
        return (self.home / "versions").absolute()

    @cached_property
    def base_url(self) -> str:
        """What browsers and events call this gateway, without a trailing slash."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return (self.public_url or f"http://{host}:{self.port}").rstrip("/")

    def require_shared_storage(self) -> None:
        """Refuse services on several machines that would each have a storage of their own.

        Raises: Misconfigured.
        """
        if self.amqp_url is not None and not self.uses_b2 and self.shared_storage_dir is None:
            raise Misconfigured(
                "AMQP_URL is set, so services may run on several machines, but no storage is shared between them: "
                "set B2_ENDPOINT_URL, B2_BUCKET_NAME, B2_ACCESS_KEY_ID and B2_SECRET_ACCESS_KEY, "
                "or SHARED_STORAGE_DIR to a folder that all services see."
            )
