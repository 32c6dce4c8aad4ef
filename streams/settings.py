"""Settings, read from the environment as ``CALLSIEVE_*``; flags of the command line win over them."""

from typing import Any, Final, Literal, Self
from urllib.parse import urlsplit

from pydantic import Field, SecretStr, ValidationError, field_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

MIN_KEY_CHARACTERS: Final = 16
ENROL_S: Final = 30
SEARCH_S: Final = 8  # what the first two seconds leave open the next six mostly settle
FIRST_CHUNKS: Final = 3  # of a stream: a call is first judged by one, the next two show what became of it


class SettingsError(ValueError):
    """A setting that can't be used; the message says which and how to mend it."""


class Settings(BaseSettings):
    """What a process needs to know of its surroundings."""

    model_config = SettingsConfigDict(env_prefix="CALLSIEVE_", extra="ignore")

    broker: str = Field(default="kafka://127.0.0.1:9092", description="Kafka, kafka://host:port")
    prefix: str = Field(default="", description="put before every topic and consumer group: one topic set of many")
    store: str = Field(
        default="clickhouse://default@127.0.0.1:9000/callsieve", description="clickhouse://… or chdb:///path"
    )
    security_protocol: Literal["", "SSL", "SASL_SSL", "SASL_PLAINTEXT"] = Field(
        default="", description="SASL_SSL, SASL_PLAINTEXT or SSL; empty: plain text"
    )
    sasl_mechanism: Literal["PLAIN", "SCRAM-SHA-256", "SCRAM-SHA-512"] = Field(
        default="PLAIN", description="PLAIN, SCRAM-SHA-256 or SCRAM-SHA-512"
    )
    sasl_username: str = Field(default="", description="for SASL")
    sasl_password: SecretStr = Field(default=SecretStr(""), description="for SASL")
    ssl_ca_file: str = Field(
        default="", description="certificate authority of the brokers and the schema registry; empty: the system's"
    )
    schema_registry: str = Field(
        default="", description="Confluent-compatible schema registry, http(s)://host:port; empty: none"
    )
    schema_registry_username: str = Field(default="", description="for the registry's basic authentication")
    schema_registry_password: SecretStr = Field(default=SecretStr(""), description="for the registry")
    hmac_key: SecretStr = Field(default=SecretStr(""), description="secret that telephone numbers are hashed with")
    hmac_key_id: str = Field(default="default", description="name of that key, kept beside each hash")
    hmac_old_key: SecretStr = Field(
        default=SecretStr(""), description="the key before, while it is rotated: entries made with it go on acting"
    )
    hmac_old_key_id: str = Field(default="", description="name of the key before")
    show_digits: bool = Field(default=False, description="keep DTMF digits instead of masking them")
    feature_chunks: int = Field(
        default=FIRST_CHUNKS,
        ge=0,
        le=100,
        description="so many first chunks of each stream leave their features in ClickHouse, for drift and review",
    )
    replay_enrol_s: int = Field(
        default=ENROL_S,
        ge=2,
        le=600,
        description="so many first seconds of each stream can be found again in later calls, about 500 bytes a second",
    )
    replay_search_s: int = Field(
        default=SEARCH_S,
        ge=2,
        le=600,
        description="so many seconds of each stream, from the first that hold speech or music, are looked for in "
        "earlier calls",
    )
    models: str = Field(default="", description="model library, a directory; empty: the shipped model alone")
    policy: str = Field(default="", description="policy file; empty: the shipped one")
    rules: str = Field(default="", description="list rules file; empty: the shipped ones")
    session_timeout_s: float = Field(default=6.0, gt=0, description="a worker silent for so long loses its partitions")
    log_level: Literal["debug", "info", "warning", "error"] = Field(
        default="warning", description="debug, info, warning or error"
    )

    @classmethod
    def read(cls, **flags: Any) -> Self:
        """Settings from the environment, where flags that are not None win.

        Raises
        ------
        SettingsError
            If one can't be used; names the variable, and never tells a secret.
        """
        try:
            return cls(**{name: value for name, value in flags.items() if value is not None})
        except ValidationError as error:
            wrong = error.errors(include_input=False, include_url=False)[0]
            name = str(wrong["loc"][0])
            raise SettingsError(f"{cls.model_config['env_prefix']}{name.upper()}: {wrong['msg']}") from None

    @field_validator("log_level", mode="before")
    @classmethod
    def _any_case(cls, value: Any) -> Any:
        return value.lower() if isinstance(value, str) else value

    @property
    def bootstrap(self) -> str:
        """``host:port`` of the broker, more of them separated by commas.

        Raises
        ------
        SettingsError
            If the broker is not of the form kafka://host:port.
        """
        parts = urlsplit(self.broker)
        if "@" in self.broker:
            raise SettingsError("the broker's address holds no password: see CALLSIEVE_SASL_USERNAME and _PASSWORD")
        if parts.scheme != "kafka" or not parts.netloc or ":" not in parts.netloc:
            raise SettingsError(f"broker {self.broker!r} is not of the form kafka://host:port")
        return parts.netloc

    @property
    def registry(self) -> dict[str, str]:
        """Settings of the schema registry's client: address and security; empty where there is no registry.

        Raises
        ------
        SettingsError
            If the address is not of the form http://host:port or https://host:port.
        """
        if not self.schema_registry:
            return {}
        parts = urlsplit(self.schema_registry)
        if "@" in self.schema_registry:
            raise SettingsError(
                "the registry's address holds no password: see CALLSIEVE_SCHEMA_REGISTRY_USERNAME and _PASSWORD"
            )
        if parts.scheme not in ("http", "https") or not parts.netloc:
            raise SettingsError(f"schema registry {self.schema_registry!r} is not of the form http(s)://host:port")
        found = {"url": self.schema_registry}
        if self.schema_registry_username:
            password = self.schema_registry_password.get_secret_value()
            found["basic.auth.user.info"] = f"{self.schema_registry_username}:{password}"
        if self.ssl_ca_file:
            found["ssl.ca.location"] = self.ssl_ca_file
        return found

    @property
    def key(self) -> bytes:
        """The HMAC key.

        Raises
        ------
        SettingsError
            If it is missing or short.
        """
        key = self.hmac_key.get_secret_value()
        if len(key) < MIN_KEY_CHARACTERS:
            raise SettingsError(
                f"CALLSIEVE_HMAC_KEY is missing or shorter than {MIN_KEY_CHARACTERS} characters: "
                "telephone numbers are kept only as keyed hashes. Make one: openssl rand -hex 32"
            )
        if not self.hmac_key_id:
            raise SettingsError("CALLSIEVE_HMAC_KEY_ID is empty: every key has a name")
        return key.encode()

    @property
    def old_key(self) -> bytes | None:
        """The HMAC key before, while keys are rotated; None when they are not.

        Raises
        ------
        SettingsError
            If only one of key and name is there, the key is short, or key or name are those of the present key.
        """
        key, name = self.hmac_old_key.get_secret_value(), self.hmac_old_key_id
        if not key and not name:
            return None
        if not key or not name:
            there, missing = ("_ID", "") if name else ("", "_ID")
            raise SettingsError(f"CALLSIEVE_HMAC_OLD_KEY{there} is set and CALLSIEVE_HMAC_OLD_KEY{missing} is not")
        if len(key) < MIN_KEY_CHARACTERS:
            raise SettingsError(f"CALLSIEVE_HMAC_OLD_KEY is shorter than {MIN_KEY_CHARACTERS} characters")
        if name == self.hmac_key_id:
            raise SettingsError(
                f"CALLSIEVE_HMAC_KEY_ID and CALLSIEVE_HMAC_OLD_KEY_ID are both {name!r}: a new key needs a new name"
            )
        if key == self.hmac_key.get_secret_value():
            raise SettingsError("CALLSIEVE_HMAC_KEY and CALLSIEVE_HMAC_OLD_KEY are the same key under two names")
        return key.encode()

    def client(self) -> dict[str, str]:
        """Settings of a librdkafka client: address and security."""
        found = {"bootstrap.servers": self.bootstrap}
        if self.security_protocol:
            found["security.protocol"] = self.security_protocol
            if self.ssl_ca_file:
                found["ssl.ca.location"] = self.ssl_ca_file
            if self.security_protocol.startswith("SASL"):
                found |= {
                    "sasl.mechanism": self.sasl_mechanism,
                    "sasl.username": self.sasl_username,
                    "sasl.password": self.sasl_password.get_secret_value(),
                }
        return found
