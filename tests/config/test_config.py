"""A configuration is right as a whole, or every mistake in it is named with its mend."""

from __future__ import annotations

import contextlib
import tomllib
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from posthouse.config import ConfigError, Settings, load_settings
from posthouse.config.loader import build, parse_quantity
from posthouse.config.reference import example_file, reference_page
from posthouse.config.settings import make_settings

ROOT = Path(__file__).parents[2]

RIGHT = """
hostname = "mail.example.org"
workers = 2
data = "store"
[listen]
smtp = ["127.0.0.1:25", "[::1]:25", ":2525"]
imap = "localhost:143"
[limits]
message_size = "25MB"
[queue]
lifetime = "4d"
first-retry = 90
[auth]
allow_plaintext = "never"
failure_delay = "1.5s"
[tls]
certificate = "tls/cert.pem"
key = "/etc/ssl/key.pem"
"""


def test_a_file_becomes_values(tmp_path: Path) -> None:
    """Units are worked out, paths are relative to the file, a single text is a list of one, dashes are underscores."""
    file = tmp_path / "posthouse.toml"
    file.write_text(RIGHT)
    settings = load_settings(file)
    assert settings.name == "mail.example.org"
    assert settings.worker_count == 2
    assert settings.data_folder == tmp_path / "store"
    assert settings.listen.smtp == ("127.0.0.1:25", "[::1]:25", ":2525")
    assert settings.listen.imap == ("localhost:143",)
    assert settings.limits.message_size == 25_000_000
    assert settings.queue.lifetime == 4 * 86_400
    assert settings.queue.first_retry == 90
    assert settings.auth.failure_delay == 1.5
    assert settings.tls.certificate == str(tmp_path / "tls/cert.pem")
    assert settings.tls.key == "/etc/ssl/key.pem"
    assert settings.store_url == f"sqlite:{tmp_path}/store/store.db"
    assert settings.blob_folder == tmp_path / "store/blobs"


# A mistake, and the words that must be in its error.
WRONG = [
    ('hostnam = "x"', ["hostnam: there is no such setting", "did you mean hostname?"]),
    ('[listen]\nsmtps = ["h:1"]', ["listen.smtps", "did you mean smtp?"]),
    ('[lisetn]\nsmtp = ["h:1"]', ["lisetn", "did you mean listen?"]),
    ("[zzz]", ["zzz", "known are: hostname, workers"]),
    ("listen = 3", ["listen: is a section, write [listen]"]),
    ("hostname = 3", ["hostname: a text in quotes is expected, not 3"]),
    ('workers = "many"', ["workers: a whole number is expected", "'many'"]),
    ("workers = true", ["workers: a whole number is expected, not True"]),
    ("workers = -1", ["workers: cannot be negative"]),
    ("[auth]\nfailure_delay = nan", ["auth.failure_delay: is too large"]),
    ("workers = 1" + "0" * 400, ["workers: is too large"]),
    (f'workers = "{"9" * 400}"', ["workers: is too large"]),
    ("workers = 1.5", ["workers: a whole number is expected"]),
    ('[limits]\nmessage_size = "25 parsecs"', ["limits.message_size", '"25MB"', "25 parsecs"]),
    ('[listen]\nsmtp = ["nowhere"]', ["listen.smtp", '"host:port" is expected', "nowhere"]),
    ('[listen]\nsmtp = ["h:99999"]', ["listen.smtp", "h:99999", "up to 65535"]),
    ("[listen]\nsmtp = [25]", ["listen.smtp: a list of texts is expected"]),
    ('[dns]\nservers = ["127.0.0.1:x"]', ["dns.servers", "127.0.0.1:x"]),
    ('[auth]\nallow_plaintext = "sometimes"', ["auth.allow_plaintext: one of 'loopback', 'never', 'always'"]),
    ('[tls]\ncertificate = "a.pem"', ["tls.certificate and key: both or neither"]),
    ('[store]\nurl = "mysql://x"', ["store.url: begins with sqlite: or postgresql://"]),
    ('[smtp]\nstrict = "yes"', ["smtp."]),
    ('[blobs]\nurl = "ftp://x"', ["blobs.url: begins with file: or s3://", "ftp://x"]),
    ('[blobs]\nurl = "s3://b?endpoint=x"', ["blobs.url: endpoint begins with http:// or https://"]),
    ('[blobs]\naccess_key = "x"', ["blobs.access_key and secret_key: both or neither"]),
    ("[limits\n", ["is not TOML", "line 1"]),
]


@pytest.mark.parametrize(("text", "words"), WRONG)
def test_a_mistake_is_named_with_its_mend(tmp_path: Path, text: str, words: list[str]) -> None:
    """The file, the key, what is wrong, and what would be right."""
    file = tmp_path / "posthouse.toml"
    file.write_text(text)
    with pytest.raises(ConfigError) as caught:
        load_settings(file)
    (problem,) = caught.value.problems
    for word in [str(file), *words]:
        assert word in problem


def test_a_file_for_a_newer_program(tmp_path: Path) -> None:
    """Pitfall 25: an upgrade never guesses what settings of another form may have meant."""
    with pytest.raises(ConfigError, match="this program reads version 1 of the file, not 2"):
        make_settings({"version": 2}, tmp_path)
    assert make_settings({"version": 1}, tmp_path) == make_settings({}, tmp_path)


def test_all_mistakes_at_once(tmp_path: Path) -> None:
    """Nobody mends one, to be told of the next."""
    with pytest.raises(ConfigError) as caught:
        make_settings(tomllib.loads('hostname = 1\nworkers = "x"\n[queue]\nbogus = 1\nlease = []'), tmp_path)
    assert len(caught.value.problems) == 4


def test_a_file_that_cannot_be_read(tmp_path: Path) -> None:
    """Missing, or a folder, or not text."""
    with pytest.raises(ConfigError, match="there is no such file; `posthouse init` makes one"):
        load_settings(tmp_path / "none.toml")
    with pytest.raises(ConfigError, match="cannot be read"):
        load_settings(tmp_path)
    (tmp_path / "latin").write_bytes(b'hostname = "\xe9"')
    with pytest.raises(ConfigError, match="is not TOML"):
        load_settings(tmp_path / "latin")


QUANTITIES = [
    ("10", 10),
    ("512K", 524_288),
    ("25MB", 25_000_000),
    ("25 MiB", 26_214_400),
    ("1.5h", 5400),
    ("4d", 345_600),
    ("2w", 1_209_600),
]


@pytest.mark.parametrize(("text", "value"), QUANTITIES)
def test_quantities(text: str, value: int) -> None:
    """Sizes and durations as people write them."""
    assert parse_quantity(text) == value


@given(st.text(max_size=12))
def test_anything_else_is_no_quantity(text: str) -> None:
    """A ValueError, never another one."""
    with contextlib.suppress(ValueError):
        assert parse_quantity(text) >= 0


@given(
    st.recursive(
        st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
        lambda inner: st.lists(inner) | st.dictionaries(st.text(max_size=10), inner),
        max_leaves=10,
    )
)
def test_any_value_anywhere_is_a_config_error(value: object) -> None:
    """No value of any setting is answered with a traceback."""
    for key in ("hostname", "workers", "listen", "unknown"):
        with contextlib.suppress(ConfigError):
            build(Settings, {key: value})


def test_the_example_has_every_setting_with_its_default(tmp_path: Path) -> None:
    """With the comment signs taken away it is the configuration of a hub that was told nothing."""
    example = example_file()
    settings = "\n".join(
        line.removeprefix("# ") if " = " in line and line.split(" = ")[0].removeprefix("# ").isidentifier() else line
        for line in example.splitlines()
    )
    assert build(Settings, tomllib.loads(settings)) == Settings()
    assert build(Settings, tomllib.loads(example)) == Settings()


@pytest.mark.parametrize(
    ("name", "made"), [("configuration.md", reference_page), ("posthouse.example.toml", example_file)]
)
def test_the_pages_are_up_to_date(name: str, made: object) -> None:
    """They are made from the declarations: run scripts/docs."""
    assert callable(made)
    assert (ROOT / "docs" / name).read_text(encoding="utf-8") == made()
