"""Every setting, typed, from the environment. Nothing else reads the environment."""

from __future__ import annotations

from functools import cached_property
from pathlib import Path
from typing import Annotated, Literal, Self
from urllib.parse import urlsplit

import click
from pydantic import Field, SecretStr, ValidationError, field_validator, model_validator
from pydantic_settings import BaseSettings, NoDecode, SettingsConfigDict

ROOT = Path(__file__).resolve().parent.parent

# Known to everyone who reads this file, so they open nothing but a demo.
DEVELOPMENT_SECRET = "development-only-not-a-secret-0000000000"  # noqa: S105
DEMO_PASSWORD = "Mediate-2026-demo"  # noqa: S105

# Who gives the service where it is only tried out; production is refused without its own.
INVENTED_PROVIDER = {
    "provider_address": "1 Example Yard; London N1 1AA",
    "provider_vat_number": "GB 000 0000 00",
    "provider_bank_details": (
        "Example Bank; Account name SEND Mediation Partnership; Sort code 00-00-00; "
        "Account number 00000000"
    ),
    "provider_registration": "Registered charity 0000000",
    "provider_telephone": "020 7946 0000",
    "provider_email": "mediation@provider.example",
}

# What production does not start without, and how long each must be at least.
REQUIRED = {
    "SECRET_KEY": 32,
    "SCOPE_KEY": 32,
    "DATABASE_ROLE_KEY": 32,
    "DATABASE_URL": 1,
    "PUBLIC_URL": 1,
    "TRUSTED_HOSTS": 1,
    "PROVIDER_ADDRESS": 1,
    "PROVIDER_EMAIL": 1,
    "MAIL_URL": 1,
}

# STARTTLS, TLS from the start, and neither (for a server on the same machine, never production).
MAIL_SCHEMES = ("smtp", "smtps", "smtp+plain")


class SettingsError(click.ClickException):
    """The environment does not describe a service that can run; the text says what is missing.

    A command of `flask --app saas.app` prints the text alone.
    """


class Settings(BaseSettings):
    """The settings of one process.

    The defaults are those of production: whoever forgets to say where the process runs gets the
    strict rules, not the weak ones.
    """

    model_config = SettingsConfigDict(env_prefix="", extra="ignore", frozen=True)

    # Where the process runs: production is strict, development and test are not.
    environment: Literal["production", "development", "test"] = "production"
    # For sessions and what is derived for second proofs; 32 characters or more.
    secret_key: SecretStr = SecretStr("")
    # The seal of a scope is made with a key of its own, so that a leaked session key opens no
    # other authority's rows.
    scope_key: SecretStr = SecretStr("")
    # The key that SCOPE_KEY takes the place of: what it sealed is still opened, so that processes
    # of both may run. After a release with both set, unset it and release once more.
    scope_key_before: SecretStr = SecretStr("")
    # The owner of the tables: postgresql://owner:password@host/database; never a superuser.
    database_url: SecretStr = SecretStr("")
    # The passwords of the login roles are derived from this (HMAC), so one value configures all.
    database_role_key: SecretStr = SecretStr("")
    # PostgreSQL roles are shared by a whole server; a prefix keeps two deployments apart.
    database_role_prefix: str = Field(default="send", pattern=r"^[a-z][a-z0-9_]{0,20}$")
    # Connections that each process keeps for each login role; twice as many for a moment.
    database_pool_size: int = Field(default=4, ge=1, le=100)
    # PgBouncer in transaction mode, host:port: pages and commands then connect through it. The
    # owner, the queue and backups need sessions of their own and go to the server itself.
    database_pooler: str = Field(default="", pattern=r"^$|^[A-Za-z0-9._\-]+:[0-9]{1,5}$")
    # A streaming replica: postgresql://host:port. What is read of every authority, statistics and
    # the API are asked there; who asks is the login role of the page. Empty: all is the primary's.
    database_read_url: SecretStr = SecretStr("")
    # A replica that is so many seconds behind is not asked.
    database_read_max_lag: int = Field(default=60, ge=1, le=240)
    # A role with BYPASSRLS that may read every table: the owner is bound by the policies too, and
    # would back up nothing. Needed by `operations backup` alone.
    backup_database_url: SecretStr = SecretStr("")
    # An age public key, age1...: backups are encrypted for whoever holds its secret key, which
    # does not belong on this machine.
    backup_age_recipient: str = Field(default="", pattern=r"^$|^age1[0-9a-z]+$")
    # The folder of pg_dump and pg_restore, where they are not found by themselves.
    postgresql_programs: Path | None = None
    # A statement that took so many milliseconds is logged by the page it was for; 0 logs none.
    slow_query_ms: int = Field(default=500, ge=0)

    # The port of a demonstration.
    port: int = Field(default=5000, ge=1, le=65535)
    # Where the service is reached from outside, https://...; e-mails lead there.
    public_url: str = ""
    # The host names that requests may name, with commas between.
    trusted_hosts: Annotated[list[str], NoDecode] = Field(default_factory=list)
    # How many proxies in front of us set X-Forwarded-*; 0 believes none of them.
    trusted_proxies: int = Field(default=0, ge=0, le=5)
    # A session ends after so many hours, and after 30 minutes without a page.
    session_hours: int = Field(default=12, ge=1, le=12)
    # Whether a password alone lets nobody in. Outside production it is offered, not asked for.
    second_factor_required: bool = True
    # Whether a family's link alone shows nothing: in production the date of birth is always asked.
    family_date_of_birth: bool = True

    # So many years after the end of the case that it is about an entry of the trail is kept, and
    # one about no case after it was written. The database refuses to remove a younger one than 6.
    trail_years: int = Field(default=6, ge=6, le=30)

    # A meeting called off less than so many working days before its day counts as cancelled late.
    late_cancellation_working_days: int = Field(default=2, ge=0, le=20)
    # So many working days before a meeting an authority names its representative, and sends its
    # summary. After a change: `flask --app saas.app cases derive`.
    representative_working_days: int = Field(default=5, ge=0, le=20)
    summary_working_days: int = Field(default=3, ge=0, le=20)

    # The provider as certificates, invoices and e-mails call it.
    provider_name: str = "SEND Mediation Partnership"
    # Lines of the address between semicolons.
    provider_address: str = ""
    # As invoices have it; empty for who is not registered.
    provider_vat_number: str = ""
    # Lines between semicolons: the account's name, 'Sort code', 'Account number', 'IBAN'.
    provider_bank_details: str = ""
    # Such as 'Registered charity 1234567, company 01234567'.
    provider_registration: str = ""
    # As the accounting program has them: where sales are booked, and what they are tracked by.
    sage_nominal_code: str = "4000"
    sage_bank_code: str = "1200"
    sage_department: str = "0"
    xero_account_code: str = "200"
    xero_tracking_name: str = ""
    xero_tracking_option: str = ""
    # What families and authorities telephone.
    provider_telephone: str = ""
    # What they write to, and who messages are from where MAIL_FROM is empty.
    provider_email: str = ""

    # smtp://user:password@host:587 (with STARTTLS) or smtps://host:465. Empty outside production:
    # each message becomes a file in VAR_DIR/mail.
    mail_url: SecretStr = SecretStr("")
    # Who the messages are from; the provider's own address when empty.
    mail_from: str = ""
    # Where reports of undelivered messages go, as bounces+ID@...: the mail server must hand what
    # arrives there to `messages bounces`. They go to MAIL_FROM when empty.
    mail_bounces: str = Field(default="", pattern=r"^$|^[^@+\s]+@[^@\s]+$")

    # Text messages by GOV.UK Notify: the key of its API, and the id of a text template there whose
    # whole text is ((message)). Without a key nobody is offered texts; outside production they
    # become files in VAR_DIR/texts.
    notify_api_key: SecretStr = SecretStr("")
    notify_text_template: str = ""
    # Another address than Notify's own is for tests alone.
    notify_api_url: str = ""

    # Uploaded files: a folder (VAR_DIR/documents when empty), or a bucket that speaks S3.
    documents_dir: Path | None = None
    documents_s3_bucket: str = ""
    # Of a store that is not Amazon's own: https://...
    documents_s3_endpoint: str = ""
    # The region of the bucket, such as eu-west-2.
    documents_s3_region: str = ""
    # The key to the bucket; without one the machine's own role is used.
    documents_s3_access_key: SecretStr = SecretStr("")
    documents_s3_secret_key: SecretStr = SecretStr("")
    # How the store encrypts at rest.
    documents_s3_encryption: Literal["AES256", "aws:kms"] = "AES256"
    # The virus scanner: host:port, tcp://host:port or unix:/path. Without one, production takes
    # no uploads.
    clamd_url: str = Field(
        default="", pattern=r"^$|^unix:/.+|^(tcp://)?[A-Za-z0-9._\-]+:[0-9]{1,5}$"
    )

    # Without the key everything in billing works by hand.
    stripe_secret_key: SecretStr = SecretStr("")
    # What Stripe signs its events with; needed with STRIPE_SECRET_KEY.
    stripe_webhook_secret: SecretStr = SecretStr("")
    # Another address than Stripe's own is for tests alone.
    stripe_api_url: str = ""
    # Two deployments may share a Stripe account: each takes in its own events only.
    deployment: str = Field(default="send-mediation", pattern=r"^[a-z0-9-]{1,40}$")

    # Where faults are reported to; what is sent names nobody. Empty reports none.
    sentry_dsn: SecretStr = SecretStr("")
    # Of how many requests Sentry is told how long they took: 0 is none, 1 is all.
    sentry_traces_sample_rate: float = Field(default=0.0, ge=0, le=1)
    # Who may read /metrics: whoever sends it as a bearer token. Without one, this machine alone.
    metrics_token: SecretStr = SecretStr("")
    # Log lines as text, or as JSON with one object a line.
    log_format: Literal["text", "json"] = "text"
    # Whether this is a demonstration, with people that everybody knows the password of.
    demo: bool = False
    # The folder of what the service keeps outside the database: documents, the demonstration.
    var_dir: Path = ROOT / "var"
    # The version, as Sentry and backups name it.
    release: str = "0.1.0"

    @model_validator(mode="before")
    @classmethod
    def _split_hosts(cls, values: dict[str, object]) -> dict[str, object]:
        hosts = values.get("trusted_hosts")
        if isinstance(hosts, str):
            values["trusted_hosts"] = [h.strip() for h in hosts.split(",") if h.strip()]
        return values

    @model_validator(mode="before")
    @classmethod
    def _invent_the_provider(cls, values: dict[str, object]) -> dict[str, object]:
        if values.get("environment", "production") == "production":
            return values
        return values | {
            name: values.get(name) or invented for name, invented in INVENTED_PROVIDER.items()
        }

    @field_validator("mail_url")
    @classmethod
    def _mail_url_is_understood(cls, value: SecretStr) -> SecretStr:
        given = value.get_secret_value()
        try:
            parts = urlsplit(given)
            understood = not given or (
                parts.scheme in MAIL_SCHEMES and bool(parts.hostname) and parts.port != 0
            )
        except ValueError:
            understood = False
        if not understood:
            raise ValueError("smtp://user:password@host:587 or smtps://host:465 is needed")
        return value

    @field_validator("database_read_url")
    @classmethod
    def _replica_is_an_address(cls, value: SecretStr) -> SecretStr:
        given = value.get_secret_value()
        try:
            parts = urlsplit(given)
            understood = not given or (
                parts.scheme in ("postgresql", "postgres")
                and bool(parts.hostname)
                and parts.port != 0
            )
        except ValueError:
            understood = False
        if not understood:
            raise ValueError("postgresql://host:port of a replica is needed")
        return value

    @model_validator(mode="after")
    def _refuse_what_cannot_run(self) -> Self:
        if not self.is_production:
            return self
        wrong: list[str] = []
        required = {name: (self._text_of(name), least) for name, least in REQUIRED.items()}
        for name, (value, least) in required.items():
            if not value:
                wrong.append(f"{name} is missing")
            elif len(value) < least:
                wrong.append(f"{name} is too short: {least} characters or more")
            elif DEVELOPMENT_SECRET in value:
                wrong.append(f"{name} is the demo's, which everyone can read")
        secrets = [self.secret_key, self.scope_key, self.database_role_key]
        given = [s.get_secret_value() for s in secrets if s.get_secret_value()]
        before = self.scope_key_before.get_secret_value()
        if before and (len(before) < 32 or before in given):
            wrong.append("SCOPE_KEY_BEFORE must be another key, of 32 characters or more")
        if len(set(given)) < len(given):
            wrong.append("SECRET_KEY, SCOPE_KEY and DATABASE_ROLE_KEY must differ")
        if self.public_url and not self.public_url.startswith("https://"):
            wrong.append("PUBLIC_URL must start with https://")
        if self.mail_url.get_secret_value().startswith("smtp+plain:"):
            wrong.append("MAIL_URL must not be smtp+plain, which sends passwords and text in clear")
        if self.stripe_secret_key.get_secret_value() and not (
            self.stripe_webhook_secret.get_secret_value()
        ):
            wrong.append("STRIPE_WEBHOOK_SECRET is missing, and STRIPE_SECRET_KEY is set")
        if self.notify_api_key.get_secret_value() and not self.notify_text_template:
            wrong.append("NOTIFY_TEXT_TEMPLATE is missing, and NOTIFY_API_KEY is set")
        if self.notify_api_url:
            wrong.append("NOTIFY_API_URL is for tests only: unset it")
        if 0 < len(self.metrics_token.get_secret_value()) < 16:
            wrong.append("METRICS_TOKEN is too short: 16 characters or more")
        if self.stripe_api_url:
            wrong.append("STRIPE_API_URL is for tests only: unset it")
        if self.demo:
            wrong.append("DEMO is for a demonstration only: unset it")
        if wrong:
            raise ValueError("; ".join(wrong))
        return self

    def _text_of(self, name: str) -> str:
        value = getattr(self, name.lower())
        if isinstance(value, SecretStr):
            return value.get_secret_value()
        return ",".join(value) if isinstance(value, list) else str(value)

    @property
    def is_production(self) -> bool:
        return self.environment == "production"

    @property
    def asks_for_second_factor(self) -> bool:
        """Whether everybody must have a second proof of who they are."""
        return self.is_production and self.second_factor_required

    @property
    def asks_for_date_of_birth(self) -> bool:
        """Whether whoever holds a family's link is asked for the date of birth first."""
        return self.is_production or self.family_date_of_birth

    @property
    def documents_folder(self) -> Path:
        """Where uploaded files lie when no bucket is named: outside what the web serves."""
        return self.documents_dir or self.var_dir / "documents"

    @property
    def mail_folder(self) -> Path:
        """Where messages go when no server for them is named."""
        return self.var_dir / "mail"

    @property
    def sends_texts(self) -> bool:
        """Whether somebody may be told by text message."""
        return bool(self.notify_api_key.get_secret_value()) or not self.is_production

    @property
    def sender(self) -> str:
        return self.mail_from or self.provider_email

    @property
    def has_replica(self) -> bool:
        """Whether there is a server to read from beside the primary."""
        return bool(self.database_read_url.get_secret_value())

    @property
    def embedded(self) -> bool:
        """Whether the service brings its own PostgreSQL (never in production)."""
        return not self.is_production and not self.database_url.get_secret_value()

    @cached_property
    def session_secret(self) -> str:
        return self.secret_key.get_secret_value() or DEVELOPMENT_SECRET

    @cached_property
    def scope_secret(self) -> bytes:
        return (self.scope_key.get_secret_value() or f"scope-{DEVELOPMENT_SECRET}").encode()

    @property
    def scope_secrets(self) -> tuple[bytes, ...]:
        """The keys whose seals the database opens: the one in use, and the one before it."""
        before = self.scope_key_before.get_secret_value()
        return (self.scope_secret, before.encode()) if before else (self.scope_secret,)

    @cached_property
    def role_secret(self) -> bytes:
        return (self.database_role_key.get_secret_value() or f"role-{DEVELOPMENT_SECRET}").encode()


def load_settings(**overrides: object) -> Settings:
    """The settings of this process.

    Raises:
        SettingsError: with one line for each value that is missing or refused.
    """
    try:
        return Settings(**overrides)  # type: ignore[arg-type]
    except ValidationError as refused:
        lines = []
        for error in refused.errors():
            name = ".".join(str(part) for part in error["loc"]).upper()
            text = error["msg"].removeprefix("Value error, ")
            lines += [f"{name}: {text}"] if name else text.split("; ")
        raise SettingsError(
            "The service cannot start with these settings:\n  - " + "\n  - ".join(lines)
        ) from None
