"""The commands, as a person or a script types them."""

import json
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

Posthouse = Callable[..., subprocess.CompletedProcess[str]]


@pytest.fixture
def posthouse(tmp_path: Path) -> Posthouse:
    """`posthouse("account", "list")` on a store of the test's own, with the domain example.org."""
    program = Path(sys.executable).with_name("posthouse")

    def run(*words: str, stdin: str = "", config: bool = True) -> subprocess.CompletedProcess[str]:
        where = ["-c", str(tmp_path / "hub" / "posthouse.toml")] if config else []
        return subprocess.run([program, *where, *words], input=stdin, capture_output=True, text=True, check=False)

    made = run("init", str(tmp_path / "hub"), "--domain", "example.org", "--unprivileged", config=False)
    assert made.returncode == 0, made.stderr
    assert "example.org.  MX    10 mail.example.org." in made.stdout
    return run


def rows(done: subprocess.CompletedProcess[str]) -> list[dict[str, object]]:
    assert done.returncode == 0, done.stderr
    found: list[dict[str, object]] = json.loads(done.stdout)
    return found


def test_an_account_from_beginning_to_end(posthouse: Posthouse) -> None:
    """Made with its folders, changed, listed, removed."""
    made = posthouse("account", "add", "alice@example.org", "--password-stdin", "--quota", "5GB", stdin="secret\n")
    assert made.returncode == 0, made.stderr
    assert posthouse("account", "set", "alice@example.org", "display-name=Alice Adams", "admin=true").returncode == 0
    assert posthouse("account", "password", "alice@example.org", "--password-stdin", stdin="new\n").returncode == 0
    [account] = rows(posthouse("account", "list", "--json"))
    assert (account["address"], account["name"], account["admin"]) == ("alice@example.org", "Alice Adams", True)
    assert account["quota_bytes"] == 5_000_000_000
    assert posthouse("account", "quota", "alice@example.org", "--bytes", "0", "--messages", "7").returncode == 0
    assert rows(posthouse("account", "list", "--json"))[0]["quota_messages"] == 7
    folders = rows(posthouse("folder", "list", "alice@example.org", "--json"))
    assert {folder["name"] for folder in folders} == {"INBOX", "Archive", "Drafts", "Junk", "Sent", "Trash"}
    assert posthouse("account", "remove", "alice@example.org").returncode == 0
    assert rows(posthouse("account", "list", "--json")) == []


def test_photo(posthouse: Posthouse, tmp_path: Path) -> None:
    """A picture is kept and taken away; what is none, is said to be none."""
    posthouse("account", "add", "bob@example.org", "--password-stdin", stdin="secret\n")
    picture, text = tmp_path / "bob.jpg", tmp_path / "bob.txt"
    picture.write_bytes(b"\xff\xd8\xff\xe0 and so on")
    text.write_text("Bob")
    for words in ((str(picture),), ()):
        done = posthouse("account", "photo", "bob@example.org", *words)
        assert (done.returncode, done.stderr) == (0, "")
    assert "not a JPEG" in posthouse("account", "photo", "bob@example.org", str(text)).stderr
    assert "nobody@example.org" in posthouse("account", "photo", "nobody@example.org", str(picture)).stderr


def test_reindex(posthouse: Posthouse) -> None:
    """The full-text index is made anew, for all or for one."""
    posthouse("account", "add", "bob@example.org", "--password-stdin", stdin="secret\n")
    for words in ((), ("bob@example.org",)):
        done = posthouse("account", "reindex", *words)
        assert (done.returncode, done.stdout, done.stderr) == (0, "", "")
    assert "nobody@example.org" in posthouse("account", "reindex", "nobody@example.org").stderr


def test_other_addresses(posthouse: Posthouse) -> None:
    """Aliases, a catch-all, groups and contacts."""
    posthouse("account", "add", "bob@example.org", "--password-stdin", stdin="secret\n")
    for words in (
        ("alias", "add", "sales@example.org", "bob@example.org", "x@elsewhere.example"),
        ("alias", "add", "@example.org", "bob@example.org"),
        ("group", "add", "all@example.org", "bob@example.org", "--owner", "bob@example.org"),
        ("contact", "add", "partner@elsewhere.example", "--name", "Our partner"),
    ):
        done = posthouse(*words)
        assert done.returncode == 0, done.stderr
    aliases = {row["address"]: row["targets"] for row in rows(posthouse("alias", "list", "--json"))}
    assert aliases["sales@example.org"] == ["bob@example.org", "x@elsewhere.example"]
    assert aliases["@example.org"] == ["bob@example.org"]
    assert rows(posthouse("group", "list", "--json"))[0]["members"] == ["bob@example.org"]
    assert rows(posthouse("contact", "list", "--json"))[0]["name"] == "Our partner"


def test_messages_survive_backup_and_restore(posthouse: Posthouse, tmp_path: Path) -> None:
    """What was backed up is there again in an empty store, under the same UIDs."""
    posthouse("account", "add", "bob@example.org", "--password-stdin", stdin="secret\n")
    letter = tmp_path / "letter.eml"
    letter.write_bytes(b"Subject: one\n\ntext\n")
    assert posthouse("message", "add", "bob@example.org", str(letter), str(letter)).returncode == 0
    before = rows(posthouse("message", "list", "bob@example.org", "--json"))
    assert [row["uid"] for row in before] == [1, 2]
    done = posthouse("backup", str(tmp_path / "backup"))
    assert done.returncode == 0, done.stderr
    refused = posthouse("restore", str(tmp_path / "backup"))
    assert refused.returncode == 1
    assert "Traceback" not in refused.stderr
    folder = tmp_path / "hub" / "data"
    folder.rename(tmp_path / "old")
    done = posthouse("restore", str(tmp_path / "backup"))
    assert done.returncode == 0, done.stderr
    assert rows(posthouse("message", "list", "bob@example.org", "--json")) == before
    assert posthouse("message", "show", "bob@example.org", "1").stdout == "Subject: one\n\ntext\n"
    checked = posthouse("check", "--store", "--deep", "--no-dns", "--json")
    assert not [row for row in rows(checked) if row["level"] == "wrong"]


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (("account", "remove", "nobody@example.org"), "nobody@example.org"),
        (("account", "add", "a@elsewhere.example", "--password-stdin"), "not ours"),
        (("account", "add", "a@example.org", "--password-stdin", "--quota", "much"), "5GB"),
        (("account", "set", "a@example.org", "name"), "KEY=VALUE"),
        (("queue", "show", "17"), "17"),
        (("folder", "create", "a@example.org", "x"), "a@example.org"),
        (("restore", "nothing"), "no such file"),
    ],
)
def test_what_is_wrong_is_said_in_one_line(posthouse: Posthouse, words: tuple[str, ...], says: str) -> None:
    """No traceback for what a person can mend."""
    done = posthouse(*words, stdin="secret\n")
    assert done.returncode == 1
    assert says in done.stderr
    assert len(done.stderr.strip().splitlines()) == 1


def test_a_configuration_that_is_not_there(posthouse: Posthouse, tmp_path: Path) -> None:
    """The error names the mend."""
    done = posthouse("-c", str(tmp_path / "none.toml"), "account", "list", config=False)
    assert done.returncode == 1
    assert "posthouse init" in done.stderr


def test_check_names_what_is_wrong(posthouse: Posthouse, tmp_path: Path) -> None:
    """A bad setting is named with its place; a certificate that can't be read too."""
    file = tmp_path / "hub" / "posthouse.toml"
    text = file.read_text()
    file.write_text(text.replace('data = "data"', 'datta = "data"'))
    done = posthouse("check")
    assert done.returncode == 1
    assert "datta" in done.stderr
    assert "data" in done.stderr
    file.write_text(text.replace("[tls]", '[tls]\ncertificate = "none.pem"\nkey = "none.key"'))
    done = posthouse("check", "--no-dns", "--json")
    assert done.returncode == 1
    wrong = [row["what"] for row in json.loads(done.stdout) if row["level"] == "wrong"]
    assert len(wrong) == 1
    assert "none.pem" in wrong[0]


def test_rights_on_folders(posthouse: Posthouse) -> None:
    """Granted, changed, listed and taken away, also for groups, everybody and on public folders."""
    for name in ("alice", "bob"):
        posthouse("account", "add", f"{name}@example.org", "--password-stdin", stdin="secret\n")
    posthouse("group", "add", "team@example.org", "bob@example.org")
    work = ("alice@example.org", "Work")
    assert posthouse("folder", "create", *work).returncode == 0
    for other, letters in (
        *(("bob@example.org", "lrsw"), ("bob@example.org", "+i"), ("bob@example.org", "-w"), ("bob@example.org", "+w")),
        *(("-bob@example.org", "w"), ("team@example.org", "lr"), ("anyone", "l"), ("anyone", "none")),
    ):
        done = posthouse("folder", "rights", *work, other, letters)
        assert (done.returncode, done.stderr) == (0, "")
    listed = rows(posthouse("folder", "rights", *work, "--json"))
    assert [(row["identifier"], row["rights"]) for row in listed] == [
        *(("alice@example.org", "lrswipkxtean"), ("bob@example.org", "lrswi"), ("-bob@example.org", "w")),
        ("team@example.org", "lr"),
    ]
    assert posthouse("folder", "create", "--public", "News/Today").returncode == 0
    assert posthouse("folder", "rights", "--public", "News", "team@example.org", "lrswite").returncode == 0
    [anyone, team] = rows(posthouse("folder", "rights", "--public", "News", "--json"))
    assert (anyone["identifier"], anyone["rights"], team["rights"]) == ("anyone", "lrsip", "lrswite")
    assert [row["name"] for row in rows(posthouse("folder", "list", "--public", "--json"))] == ["News", "News/Today"]
    assert posthouse("group", "remove", "team@example.org").returncode == 0
    assert posthouse("account", "remove", "bob@example.org").returncode == 0
    assert len(rows(posthouse("folder", "rights", *work, "--json"))) == 1
    assert len(rows(posthouse("folder", "rights", "--public", "News", "--json"))) == 1
    for words, part in (
        ((*work, "nobody@example.org", "l"), "No such account or group: nobody@example.org"),
        ((*work, "alice@example.org", "l"), "owns the folder"),
        ((*work, "anyone", "lrz"), "rights are letters"),
        (("alice@example.org",), "expected ADDRESS NAME"),
    ):
        refused = posthouse("folder", "rights", *words)
        assert refused.returncode == 1
        assert part in refused.stderr
