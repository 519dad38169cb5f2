"""Rights on folders, seen through IMAP: what a right allows and what is refused without it, hostile names, and that
LIST, MYRIGHTS and the commands agree."""

from __future__ import annotations

import base64
import socket
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from posthouse.database import Transaction
from posthouse.directory import add_group, set_attributes, set_members
from posthouse.model.ids import AccountId
from posthouse.model.rights import LETTERS, NO_RIGHTS, OF_LETTERS, Right, parse_rights
from posthouse.servers.imap.settings import ImapSettings
from posthouse.store.accounts import create_public, remove_account, usage
from posthouse.store.folders import PUBLIC, create_folder, find_folder
from posthouse.store.rights import ANYONE, Holder, read_entries, set_rights

MESSAGE = b"Subject: shared\r\n\r\ntext\r\n"
LITERAL = f"{{{len(MESSAGE)}+}}\r\n{MESSAGE.decode()}"
EVERY = "lrswipkxtean"


class Client:
    """A connection that says lines and hears answers."""

    def __init__(self, port: int, address: str = "") -> None:
        self.socket = socket.create_connection(("127.0.0.1", port), 20)
        self.file = self.socket.makefile("rb")
        self.file.readline()
        assert not address or self.ok(f"LOGIN {address} secret")

    def ask(self, line: str) -> tuple[bool, list[str]]:
        """Whether it was OK, and the untagged lines."""
        self.socket.sendall(f"a {line}\r\n".encode())
        heard: list[str] = []
        while not (got := self.file.readline().decode()).startswith("a "):
            assert got, f"the server closed the connection behind {line}"
            heard.append(got.rstrip())
        self.last = got
        return got.startswith("a OK"), heard

    def ok(self, line: str) -> bool:
        return self.ask(line)[0]

    def rights(self, name: str) -> str:
        """Without the virtual ones; empty when there are none to be told of."""
        done, heard = self.ask(f'MYRIGHTS "{name}"')
        return heard[-1].rpartition(" ")[2].strip("cd") if done else ""

    def __enter__(self) -> Client:
        return self

    def __exit__(self, *_: object) -> None:
        self.file.close()
        self.socket.close()


class Scene:
    """An owner with a folder `Work`, one message in it and a folder below; and a guest."""

    def __init__(self, hub: Any, person: Callable[[], Any]) -> None:
        self.hub = hub
        self.owner, self.guest = person(), person()
        self.owner.make_folder("Work")
        self.owner.put("Work", MESSAGE)
        self.name = f"Users/{self.owner.address}/Work"

    def grant(
        self, rights: str, path: str = "Work", holder: Holder | None = None, *, besides: Right = NO_RIGHTS
    ) -> None:
        """`besides`: those without a letter."""
        to = holder or Holder(self.guest.account)

        def work(tx: Transaction) -> None:
            folder = find_folder(tx, self.owner.account, path).id
            set_rights(tx, self.owner.account, folder, to, parse_rights(rights) | besides)

        self.hub.write(work)

    def client(self, person: Any = None) -> Client:
        return Client(self.hub.port, (person or self.guest).address)


@pytest.fixture
def scene(engine: str, request: pytest.FixtureRequest, keys: Any) -> Scene:
    hub = request.getfixturevalue("hub" if engine == "sqlite" else "postgresql_hub")
    return Scene(hub, lambda: hub.person(keys))


@pytest.fixture
def guest(scene: Scene) -> Iterator[Client]:
    with scene.client() as client:
        yield client


def _select(client: Client, scene: Scene) -> bool:
    return client.ok(f'SELECT "{scene.name}"')


def _selected(line: str) -> Callable[[Client, Scene], bool]:
    return lambda client, scene: _select(client, scene) and client.ok(line)


def _named(line: str) -> Callable[[Client, Scene], bool]:
    return lambda client, scene: client.ok(line.replace("NAME", scene.name).replace("GUEST", scene.guest.address))


def _append(client: Client, scene: Scene) -> bool:
    return client.ok(f'APPEND "{scene.name}" {LITERAL}')


def _copied(client: Client, scene: Scene) -> bool:
    scene.guest.put("INBOX", MESSAGE)
    return client.ok("SELECT INBOX") and client.ok(f'COPY 1 "{scene.name}"')


def _listed(client: Client, scene: Scene) -> bool:
    return any(scene.name in line for line in client.ask('LIST "" Users/*')[1])


def _unseen_then_read(client: Client, scene: Scene) -> bool:
    """Whether FETCH BODY[] sets \\Seen."""
    if not _select(client, scene):
        return False
    client.ask("FETCH 1 BODY[TEXT]")
    return any("\\Seen" in line for line in client.ask("FETCH 1 FLAGS")[1])


COMMANDS: list[tuple[str, str, Callable[[Client, Scene], bool]]] = [
    ("LIST", "l", _listed),
    ("SELECT", "r", _select),
    ("EXAMINE", "r", _named('EXAMINE "NAME"')),
    ("STATUS", "r", _named('STATUS "NAME" (MESSAGES)')),
    ("FETCH", "r", _selected("FETCH 1 FLAGS")),
    ("SEARCH", "r", _selected("SEARCH ALL")),
    ("COPY out", "r", _selected("COPY 1 Drafts")),
    ("MOVE out", "rte", _selected("MOVE 1 Drafts")),
    ("FETCH sets Seen", "rs", _unseen_then_read),
    ("STORE Seen", "rs", _selected(r"STORE 1 +FLAGS (\Seen)")),
    ("STORE Flagged", "rw", _selected(r"STORE 1 +FLAGS (\Flagged)")),
    ("STORE keyword", "rw", _selected("STORE 1 +FLAGS (later)")),
    ("STORE Deleted", "rt", _selected(r"STORE 1 +FLAGS (\Deleted)")),
    ("EXPUNGE", "re", _selected("EXPUNGE")),
    ("UID EXPUNGE", "re", _selected("UID EXPUNGE 1")),
    ("APPEND", "i", _append),
    ("COPY in", "i", _copied),
    ("CREATE", "k", _named('CREATE "NAME/New"')),
    ("DELETE", "x", _named('DELETE "NAME"')),
    ("GETACL", "a", _named('GETACL "NAME"')),
    ("SETACL", "a", _named('SETACL "NAME" anyone -l')),
    ("DELETEACL", "a", _named('DELETEACL "NAME" anyone')),
    ("LISTRIGHTS", "a", _named('LISTRIGHTS "NAME" GUEST')),
    ("SUBSCRIBE", "", _named('SUBSCRIBE "NAME"')),
    ("UNSUBSCRIBE", "", _named('UNSUBSCRIBE "NAME"')),
    *(("MYRIGHTS", letter, _named('MYRIGHTS "NAME"')) for letter in "lrikxa"),
]
"""RFC 4314 §4: the rights that a command needs."""


@pytest.mark.parametrize(("command", "needed", "act"), COMMANDS, ids=[f"{row[0]}:{row[1]}" for row in COMMANDS])
def test_a_command_needs_its_rights_and_no_others(
    scene: Scene, guest: Client, command: str, needed: str, act: Callable[[Client, Scene], bool]
) -> None:
    """With exactly the rights of the table a command is carried out; with all others but one of those it is not."""
    if command != "MYRIGHTS":
        for missing in needed:
            scene.grant(EVERY.replace(missing, ""))
            with scene.client() as other:
                assert not act(other, scene), f"{command} without {missing}"
    scene.grant(needed)
    assert act(guest, scene), command


def test_store_where_one_flag_is_permitted_succeeds(scene: Scene, guest: Client) -> None:
    """STORE fails only when no flag of it may be changed; the others stay as they are (RFC 4314 §4)."""
    scene.grant("rw")
    scene.owner.flag("Work", ((1, 1),), ["\\Seen", "old"])
    _select(guest, scene)
    assert guest.ok(r"STORE 1 FLAGS (\Flagged \Deleted)")
    assert guest.ask("FETCH 1 FLAGS")[1] == [r"* 1 FETCH (FLAGS (\Flagged \Seen))"]


# One's own messages – [MS-OXCPERM] 2.2.7: the owner's is the first, those of the guest come behind it


@pytest.mark.parametrize("bring", [_append, _copied], ids=["APPEND", "COPY"])
def test_what_a_guest_has_put_there_is_theirs_to_change(
    scene: Scene, guest: Client, bring: Callable[[Client, Scene], bool]
) -> None:
    """EditOwned: flags of one's own messages; those of others stay, and are refused where nothing else is named."""
    scene.grant("lri", besides=Right.EDIT_OWNED)
    assert bring(guest, scene)
    assert _select(guest, scene)
    assert guest.last.startswith("a OK [READ-WRITE]")
    assert guest.ok(r"STORE 1:2 +FLAGS (\Flagged later)")
    assert [line.split("(")[2] for line in guest.ask("FETCH 1:2 FLAGS")[1]] == ["))", "\\Flagged later))"]
    assert not guest.ok(r"STORE 1 +FLAGS (\Flagged)")
    assert not guest.ok(r"STORE 2 +FLAGS (\Deleted)")


def test_what_a_guest_has_put_there_is_theirs_to_delete(scene: Scene, guest: Client) -> None:
    """DeleteOwned: marked, expunged, moved and replaced is what one has put there, and nothing else."""
    scene.grant("lri", besides=Right.DELETE_OWNED)
    for _ in range(4):
        assert _append(guest, scene)
    scene.owner.flag("Work", ((1, 1),), ["\\Deleted"])
    assert _select(guest, scene)
    assert guest.ok(r"STORE 1:2 +FLAGS (\Deleted)")
    assert guest.ask("EXPUNGE")[1] == ["* 2 EXPUNGE"]
    assert not guest.ok("MOVE 1:2 Drafts")
    assert guest.ok("MOVE 2 Drafts")
    assert not guest.ok(f'REPLACE 1 "{scene.name}" {LITERAL}')
    assert guest.ok(f'REPLACE 2 "{scene.name}" {LITERAL}')
    assert guest.ok(r"STORE 2:3 +FLAGS (\Deleted)")
    assert guest.ok("UID EXPUNGE 1:4")
    assert guest.ok("CLOSE")
    with scene.client(scene.owner) as owner:
        assert owner.ok("SELECT Work")
        assert owner.ask("UID SEARCH ALL")[1] == ["* SEARCH 1"]


def test_others_may_do_nothing_with_it(scene: Scene, guest: Client) -> None:
    """What the owner puts there is no guest's, also when the owner has copied it from a guest."""
    scene.grant("lri", besides=Right.EDIT_OWNED | Right.DELETE_OWNED)
    assert _append(guest, scene)
    with scene.client(scene.owner) as owner:
        assert owner.ok("SELECT Work")
        assert owner.ok("COPY 2 Work")
    assert _select(guest, scene)
    for line in (r"STORE 3 +FLAGS (\Flagged)", r"STORE 3 +FLAGS (\Deleted)", "MOVE 3 Drafts"):
        assert not guest.ok(line)
    scene.grant("lr")
    assert _select(guest, scene)
    assert guest.last.startswith("a OK [READ-ONLY]")
    assert not guest.ok(r"STORE 2 +FLAGS (\Flagged)")
    assert not guest.ok("EXPUNGE")


def test_groups_and_negative_rights(scene: Scene, guest: Client) -> None:
    """What a group has its members have while they are in it; a negative entry takes rights away from all that."""
    address = f"team{scene.guest.account}@example.org"
    group = scene.hub.write(add_group, address, (scene.guest.address,))
    scene.grant("lrs", holder=Holder(group, is_group=True))
    assert guest.rights(scene.name) == "lrs"
    scene.grant("s", holder=Holder(scene.guest.account, negative=True))
    assert guest.rights(scene.name) == "lr"
    assert _listed(guest, scene)
    scene.hub.write(lambda tx: set_members(tx, address, remove=[scene.guest.address]))
    assert not _listed(guest, scene)
    assert not guest.ok(f'MYRIGHTS "{scene.name}"')


def test_an_administrator_looks_up_and_administers(scene: Scene, guest: Client) -> None:
    """On every folder `l` and `a`, and nothing more unless they give it to themselves; not listed unless asked for."""
    scene.hub.write(set_attributes, scene.guest.address, {"admin": "true"})
    with scene.client() as admin:
        assert admin.rights(scene.name) == "la"
        assert not _select(admin, scene)
        assert _listed(admin, scene)
        assert not any(scene.name in line for line in admin.ask('LIST "" *')[1])
        assert admin.ok(f'SETACL "{scene.name}" {scene.guest.address} lra')
        assert _select(admin, scene)


def test_who_may_not_act_for_another(scene: Scene) -> None:
    """A right password with another's authorization identity is NO [AUTHORIZATIONFAILED] (RFC 5530 §3), unless it is an
    administrator's, who then has all that the other has."""
    words = f"{scene.owner.address}\0{scene.guest.address}\0secret"
    line = f"AUTHENTICATE PLAIN {base64.b64encode(words.encode()).decode()}"
    with Client(scene.hub.port) as client:
        client.ask(line)
        assert "[AUTHORIZATIONFAILED]" in client.last
    scene.hub.write(set_attributes, scene.guest.address, {"admin": "true"})
    with Client(scene.hub.port) as client:
        assert client.ok(line)
        assert client.rights("Work") == EVERY


def test_the_extension_off(make_hub: Callable[..., Any], keys: Any) -> None:
    """`disabled_extensions = ["ACL"]`: its commands and options are unknown, and rights hold as before."""
    hub = make_hub(ImapSettings(disabled_extensions=("acl",)))
    scene = Scene(hub, lambda: hub.person(keys))
    scene.grant("l")
    with scene.client() as guest:
        told = guest.ask("CAPABILITY")[1][0]
        assert not any(name in told for name in ("ACL", "RIGHTS", "MYRIGHTS"))
        for line in ("MYRIGHTS INBOX", "GETACL INBOX", "SETACL INBOX anyone l", 'LIST "" * RETURN (MYRIGHTS)'):
            assert not guest.ok(line)
            assert guest.last.startswith("a BAD")
        assert _listed(guest, scene)
        assert not _select(guest, scene)


def test_the_quota_charged_is_the_owners(scene: Scene, guest: Client) -> None:
    """Whoever fills a shared folder fills its owner's quota."""
    scene.grant("lri")
    before = scene.hub.write(usage, scene.owner.account), scene.hub.write(usage, scene.guest.account)
    assert _append(guest, scene)
    after = scene.hub.write(usage, scene.owner.account), scene.hub.write(usage, scene.guest.account)
    assert after[0].used_messages == before[0].used_messages + 1
    assert after[1] == before[1]


def test_rights_go_away_with_either_account(scene: Scene) -> None:
    """A removed account has no rights on others' folders, and nobody has any on its own."""
    scene.grant("lr")
    scene.hub.write(remove_account, scene.guest.account)
    entries = scene.hub.write(lambda tx: read_entries(tx, scene.owner.account, _folder(tx, scene)))
    assert entries == []
    scene.grant("lr", holder=Holder(ANYONE))
    scene.hub.write(remove_account, scene.owner.account)
    count = "SELECT count(*) FROM folder_right WHERE account_id = ?"
    assert scene.hub.write(lambda tx: tx.one(count, (scene.owner.account,))) == (0,)


def _folder(tx: Transaction, scene: Scene) -> Any:
    return find_folder(tx, scene.owner.account, "Work").id


def test_public_folders(scene: Scene, guest: Client) -> None:
    """Made by an operator, they may be read and filled by everybody; what is below inherits their rights."""
    name = f"News{scene.guest.account}"

    def make(tx: Transaction) -> None:
        create_public(tx, 1_700_000_000)
        create_folder(tx, PUBLIC, name)
        create_folder(tx, PUBLIC, f"{name}/Today")

    scene.hub.write(make)
    assert guest.ask("NAMESPACE")[1][-1].endswith('(("Public/" "/"))')
    assert guest.rights(f"Public/{name}/Today") == "lrsip"
    assert guest.ok(f"APPEND Public/{name} {LITERAL}")
    assert guest.ok(f"SELECT Public/{name}")
    assert not guest.ok(r"STORE 1 +FLAGS (\Deleted)")
    assert not guest.ok(f"CREATE Public/{name}/Mine")
    assert not guest.ok("CREATE Public/Mine")
    assert not guest.ok(f"DELETE Public/{name}/Today")
    assert not guest.ok(f"GETACL Public/{name}")
    assert guest.ok("SELECT INBOX")


def _hostile(address: str) -> Iterator[str]:
    user, _, domain = address.partition("@")
    yield from (f"Users/{address}", f"Users/{address}/", f"Users/{address}//INBOX", f"Users//{address}/INBOX")
    yield from (f"Users/{address.upper()}/INBOX", f"users/{address}/INBOX", f"Users/{user}/INBOX", "Users/../INBOX")
    yield from (f"Users/{address}/../INBOX", f"Users/./{address}/INBOX", f"/Users/{address}/INBOX", "Users/", "Users")
    yield from (f"Users/{address}/INBOX/", f"Users/{user}%40{domain}/INBOX", f"Users/&AEA-{address}/INBOX")
    yield from (
        "Users/1/INBOX",
        "Users/0/INBOX",
        "Users/@/INBOX",
        "Public/",
        "Public",
        "Public/INBOX",
        "Public/../INBOX",
    )
    yield from (
        f"Users/{address}/Work",
        f"Users/{address}/work",
        f"Users/{address} /Work",
        f"Users/{address}\u200b/Work",
    )


@pytest.mark.parametrize("command", ["SELECT", "EXAMINE", "DELETE", "MYRIGHTS", "GETACL", "CREATE", "STATUS"])
def test_nothing_is_reached_without_a_right(scene: Scene, command: str) -> None:
    """However a name is written, another's folder is reached by its one name and with a right alone."""
    rest = {"STATUS": " (MESSAGES)"}.get(command, "")
    with scene.client() as guest:
        for name in _hostile(scene.owner.address):
            if command == "CREATE" and not name.startswith(("Users", "Public")):
                continue  # a name of one's own
            assert not guest.ok(f'{command} "{name}"{rest}'), name


def test_what_list_shows_is_what_myrights_says_is_what_commands_allow(scene: Scene) -> None:
    """For any entries: a folder is listed when MYRIGHTS has `l`, and can be selected when it has `r`."""
    paths = ["Work", "Work/One", "Work/One/Two"]
    for path in paths[1:]:
        scene.owner.make_folder(path)
    holders = [Holder(scene.guest.account), Holder(scene.guest.account, negative=True), Holder(ANYONE)]
    texts = st.lists(st.sampled_from(EVERY), unique=True).map("".join)
    grants = st.lists(st.tuples(st.sampled_from(paths), st.sampled_from(holders), texts), max_size=6)

    with scene.client() as guest:

        @settings(max_examples=20, deadline=None, suppress_health_check=list(HealthCheck))
        @given(grants)
        def check(entries: list[tuple[str, Holder, str]]) -> None:
            scene.hub.write(_clear, scene.owner.account)
            model: dict[tuple[str, Holder], str] = {}
            for path, holder, rights in entries:
                scene.grant(rights, path, holder)
                model[path, holder] = rights
            shown = guest.ask(f'LIST "" "Users/{scene.owner.address}/*"')[1]
            for path in paths:
                name = f"Users/{scene.owner.address}/{path}"
                expected = _expected(model, path, holders)
                listed = any(line.endswith(f" {name}") for line in shown)
                assert listed == bool(expected & Right.LOOKUP)
                told = expected if expected & parse_rights("lrikxa") else NO_RIGHTS
                assert parse_rights(guest.rights(name)) == told
                assert guest.ok(f'STATUS "{name}" (MESSAGES)') == bool(expected & Right.READ)

        check()
        scene.hub.write(_clear, scene.owner.account)


def _clear(tx: Transaction, account: AccountId) -> None:
    tx.run("DELETE FROM folder_right WHERE account_id = ?", (account,))


def _expected(model: dict[tuple[str, Holder], str], path: str, holders: list[Holder]) -> Right:
    mine, denied, anyone = (parse_rights(model.get((path, holder), "")) for holder in holders)
    return (mine or anyone) & ~denied


def test_letters() -> None:
    """Every right has one letter, and rights of RFC 2086 stand for two each."""
    assert parse_rights(EVERY) == parse_rights("".join(LETTERS)) == OF_LETTERS
    assert parse_rights("cd") == parse_rights("kxte")
