"""Settings: where they come from, which are refused, and what a refusal says."""

import pytest

from streams.numbers import NumberHasher
from streams.settings import Settings, SettingsError

KEY = "0123456789abcdef"


@pytest.fixture(autouse=True)
def _nothing_set(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in Settings.model_fields:
        monkeypatch.delenv(f"CALLSIEVE_{name.upper()}", raising=False)


def test_flags_win_over_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CALLSIEVE_PREFIX", "environment.")
    assert Settings.read(prefix=None).prefix == "environment."
    assert Settings.read(prefix="flag.").prefix == "flag."


@pytest.mark.parametrize("broker", ["127.0.0.1:9092", "kafka://", "kafka://host", "http://host:9092", ""])
def test_a_broker_of_another_form_is_refused(broker: str) -> None:
    with pytest.raises(SettingsError, match="kafka://host:port"):
        _ = Settings(broker=broker).bootstrap


def test_several_brokers_are_taken() -> None:
    assert Settings(broker="kafka://a:9092,b:9092").bootstrap == "a:9092,b:9092"


@pytest.mark.parametrize("key", ["", "short", KEY[:-1]])
def test_a_missing_or_short_key_says_how_to_make_one(key: str) -> None:
    with pytest.raises(SettingsError, match=r"CALLSIEVE_HMAC_KEY.*openssl rand"):
        _ = Settings(hmac_key=key).key


def test_a_long_key_is_taken() -> None:
    assert Settings(hmac_key=KEY).key == KEY.encode()


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("SESSION_TIMEOUT_S", "soon"),
        ("SESSION_TIMEOUT_S", "-1"),
        ("LOG_LEVEL", "loud"),
        ("SECURITY_PROTOCOL", "TLS"),
        ("SASL_MECHANISM", "GSSAPI"),
        ("SHOW_DIGITS", "perhaps"),
    ],
)
def test_a_broken_value_names_its_variable(monkeypatch: pytest.MonkeyPatch, name: str, value: str) -> None:
    monkeypatch.setenv(f"CALLSIEVE_{name}", value)
    with pytest.raises(SettingsError, match=f"^CALLSIEVE_{name}: .+") as caught:
        Settings.read()
    assert "\n" not in str(caught.value)


def test_log_levels_are_taken_in_any_case(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CALLSIEVE_LOG_LEVEL", "INFO")
    assert Settings.read().log_level == "info"


def test_secrets_do_not_show() -> None:
    settings = Settings(hmac_key=KEY, sasl_password="another secret")  # noqa: S106
    assert KEY not in repr(settings)
    assert "another secret" not in repr(settings)


def test_a_client_without_security_gets_the_address_alone() -> None:
    assert Settings(broker="kafka://a:1").client() == {"bootstrap.servers": "a:1"}


def test_a_client_with_sasl_and_tls_gets_all_of_it() -> None:
    settings = Settings(
        broker="kafka://a:1",
        security_protocol="SASL_SSL",
        sasl_mechanism="SCRAM-SHA-512",
        sasl_username="me",
        sasl_password="secret",  # noqa: S106
        ssl_ca_file="/ca.pem",
    )
    assert settings.client() == {
        "bootstrap.servers": "a:1",
        "security.protocol": "SASL_SSL",
        "ssl.ca.location": "/ca.pem",
        "sasl.mechanism": "SCRAM-SHA-512",
        "sasl.username": "me",
        "sasl.password": "secret",
    }


@pytest.mark.parametrize(
    ("changes", "complaint"),
    [
        ({"hmac_old_key": "another key of some length"}, "OLD_KEY_ID is not"),
        ({"hmac_old_key_id": "old"}, "OLD_KEY is not"),
        ({"hmac_old_key": "short", "hmac_old_key_id": "old"}, "OLD_KEY is shorter than 16"),
        ({"hmac_old_key": "another key of some length", "hmac_old_key_id": "default"}, "both 'default'"),
        ({"hmac_old_key": KEY, "hmac_old_key_id": "old"}, "the same key under two names"),
    ],
)
def test_two_keys_that_cannot_be_told_apart_are_refused(changes: dict[str, str], complaint: str) -> None:
    settings = Settings(hmac_key=KEY, **changes)  # type: ignore[arg-type]
    with pytest.raises(SettingsError, match=complaint) as refused:
        NumberHasher.of(settings)
    assert KEY not in str(refused.value)


def test_without_a_key_before_there_is_none() -> None:
    assert Settings(hmac_key=KEY).old_key is None
    assert NumberHasher.of(Settings(hmac_key=KEY)).old is None


def test_a_key_has_a_name() -> None:
    with pytest.raises(SettingsError, match="KEY_ID is empty"):
        _ = Settings(hmac_key=KEY, hmac_key_id="").key
