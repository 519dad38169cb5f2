"""NOTIFY where dialogs do not reach: hints that are lost, clients that do not read, bounds, rights by groups; and that
who only listens knows all that who asks is told."""

from __future__ import annotations

import contextlib
import random
import re
import time
from collections.abc import Callable
from typing import Any

import pytest

from posthouse.directory import add_group, set_members
from posthouse.model.refusals import Refusal
from posthouse.model.rights import parse_rights
from posthouse.queue.rows import QUEUE_ACCOUNT
from posthouse.servers.imap import announcing
from posthouse.servers.imap.notifying import looking
from posthouse.servers.imap.settings import ImapSettings
from posthouse.store.accounts import create_public, remove_account
from posthouse.store.folder_tree import rename_folder
from posthouse.store.folders import PUBLIC, create_folder, delete_folder, find_folder, list_folders
from posthouse.store.messages import remove
from posthouse.store.rights import ANYONE, Holder, set_rights

MESSAGE = b"Subject: news\r\n\r\ntext\r\n"
NOW = 1_700_000_000
OF_MESSAGES = b"(MessageNew MessageExpunge)"
ALL = b"(MessageNew MessageExpunge FlagChange MailboxName SubscriptionChange MailboxMetadataChange)"


@pytest.fixture
def engine_hub(engine: str, request: pytest.FixtureRequest) -> Any:
    return request.getfixturevalue("hub" if engine == "sqlite" else "postgresql_hub")


def listener(connect: Callable[..., Any], hub: Any, person: Any, what: bytes) -> Any:
    raw = connect(login=False, to=hub)
    assert b" OK " in raw.command(b"LOGIN %b secret" % person.address.encode())[1]
    _, answer = raw.command(b"NOTIFY SET " + what)
    assert b" OK " in answer, answer
    return raw


@pytest.fixture
def deaf(make_hub: Callable[..., Any], monkeypatch: pytest.MonkeyPatch) -> Any:
    """A hub whose hints are all lost."""
    hub = make_hub(ImapSettings(keepalive=0.2))
    monkeypatch.setattr(hub.store.database, "on_commit", lambda hints: None)
    return hub


def test_lost_hints(connect: Callable[..., Any], deaf: Any, keys: Any) -> None:
    """A session looks now and then between commands, also for names and rights."""
    person, other = deaf.person(keys), deaf.person(keys)
    raw = listener(connect, deaf, person, b"(subtree (INBOX Users) (MailboxName MessageNew MessageExpunge))")
    person.put("INBOX", MESSAGE)
    assert raw.file.readline() == b"* STATUS INBOX (MESSAGES 1 UIDNEXT 2)\r\n"
    grant(other, "INBOX", Holder(person.account), "lr")
    assert raw.file.readline().startswith(b"* LIST (\\HasNoChildren) ")


def test_a_command_looks_by_itself(connect: Callable[..., Any], deaf: Any, keys: Any) -> None:
    """What is new is told at the end of any command, whether a hint came or not."""
    person = deaf.person(keys)
    raw = listener(connect, deaf, person, b"(mailboxes INBOX (MessageNew MessageExpunge))")
    person.put("INBOX", MESSAGE)
    assert raw.command(b"NOOP")[0] == b"* STATUS INBOX (MESSAGES 1 UIDNEXT 2)\r\n"


def test_too_many_mailboxes(
    connect: Callable[..., Any], hub: Any, person: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Asked for, they are refused and what was said before stays; when they become too many, the client is told that it
    hears nothing any more (RFC 5465 §3.1, §5.8)."""
    monkeypatch.setattr(looking, "MAX_MAILBOXES", 6)
    raw = listener(connect, hub, person, b"(personal (MailboxName))")
    assert raw.command(b"NOTIFY SET (subtree Nowhere (MailboxName))")[1].startswith(b"t OK")
    raw = listener(connect, hub, person, b"(personal (MailboxName))")
    person.make_folder("New")
    assert raw.file.readline().startswith(b"* OK [NOTIFICATIONOVERFLOW] ")
    person.make_folder("Newer")
    assert raw.command(b"NOOP")[0] == b""
    assert raw.command(b"NOTIFY SET (personal (MailboxName))")[1].startswith(b"t NO [NOTIFICATIONOVERFLOW] ")
    assert raw.command(b"NOTIFY SET (mailboxes INBOX %b)" % OF_MESSAGES)[1].startswith(b"t OK")
    assert raw.command(b"NOTIFY SET (personal %b)" % OF_MESSAGES)[1].startswith(b"t NO [NOTIFICATIONOVERFLOW] ")
    person.put("INBOX", MESSAGE)
    assert raw.file.readline().startswith(b"* STATUS INBOX ")


def test_too_many_messages_at_once(
    connect: Callable[..., Any], hub: Any, person: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """That they are there is told, but they are not sent, nor is anything that comes later (RFC 5465 §5.8)."""
    monkeypatch.setattr(announcing, "MOST_FETCHED", 3)
    raw = listener(connect, hub, person, b"(selected (MessageNew (UID) MessageExpunge))")
    raw.command(b"SELECT INBOX")
    other = connect()
    other.send(b"t APPEND INBOX" + b" {%d+}\r\n%b" % (len(MESSAGE), MESSAGE) * 4 + b"\r\n")
    assert b" OK " in other.answer(b"t")[1]
    assert raw.file.readline() == b"* 4 EXISTS\r\n"
    assert raw.file.readline().startswith(b"* OK [NOTIFICATIONOVERFLOW] ")
    person.put("INBOX", MESSAGE)
    assert raw.command(b"NOOP")[0] == b""


def test_a_client_that_does_not_read(connect: Callable[..., Any], hub: Any, person: Any) -> None:
    """Nothing is queued for it: when it reads again it hears where things stand at last."""
    raw = connect(receive_buffer=4096)
    names = [f"{'long name ' * 20}{number}" for number in range(100)]
    for name in names:
        person.make_folder(name)
    assert b" OK " in raw.command(b"NOTIFY SET (personal (MessageNew MessageExpunge))")[1]
    began = time.monotonic()
    rounds = 0
    while time.monotonic() - began < 3:
        rounds += 1
        for name in names:
            person.put(name, MESSAGE)
    raw.send(b"z NOOP\r\n")
    told, _ = raw.answer(b"z")
    last = dict(re.findall(rb'\* STATUS "([^"]+)" \(MESSAGES (\d+)', told))
    told, _ = raw.command(b"NOOP")
    last.update(re.findall(rb'\* STATUS "([^"]+)" \(MESSAGES (\d+)', told))
    assert last == {name.encode(): b"%d" % rounds for name in names}


def test_nothing_is_left_of_a_session(connect: Callable[..., Any], hub: Any, person: Any) -> None:
    """It listens to nobody when it has ended, or has said UNAUTHENTICATE or NOTIFY NONE."""
    hints = hub.store.hints
    assert QUEUE_ACCOUNT not in (ANYONE, PUBLIC), "mail that is queued would wake all who listen to what is everybody's"
    for last in (b"LOGOUT", b"UNAUTHENTICATE", b"NOTIFY NONE", b""):
        raw = listener(connect, hub, person, b"(subtree (INBOX Users Public) (MessageNew MessageExpunge))")
        assert hints._listeners[person.account]
        if last:
            raw.command(last)
        else:
            raw.close()
        until = time.monotonic() + 20
        while person.account in hints._listeners:
            assert time.monotonic() < until
            time.sleep(0.01)


def test_switched_off(make_hub: Callable[..., Any], connect: Callable[..., Any], keys: Any) -> None:
    """Neither the command is known nor what it adds to searches; without METADATA there are no such events."""
    hub = make_hub(ImapSettings(disabled_extensions=("NOTIFY",)))
    raw = connect(login=False, to=hub)
    raw.command(b"LOGIN %b secret" % hub.person(keys).address.encode())
    assert b"NOTIFY" not in raw.command(b"CAPABILITY")[0]
    assert raw.command(b"NOTIFY NONE")[1].startswith(b"t BAD")
    raw.command(b"SELECT INBOX")
    assert raw.command(b"SEARCH RETURN (UPDATE (UID)) ALL")[1].startswith(b"t BAD")
    assert raw.command(b"SEARCH RETURN (UPDATE) ALL")[1].startswith(b"t OK")
    hub = make_hub(ImapSettings(disabled_extensions=("METADATA",)))
    raw = connect(login=False, to=hub)
    raw.command(b"LOGIN %b secret" % hub.person(keys).address.encode())
    answer = raw.command(b"NOTIFY SET (personal (MailboxMetadataChange))")[1]
    assert answer.startswith(b"t NO [BADEVENT (MessageNew ")
    assert b"Metadata" not in answer


def test_what_only_mapi_shows(connect: Callable[..., Any], hub: Any, person: Any) -> None:
    """A hidden folder is no mailbox: neither that it is there is told, nor what happens in it; a folder that is hidden
    goes."""
    person.make_folder("Shown")
    raw = listener(connect, hub, person, b"(personal (MailboxName MessageNew MessageExpunge))")

    def hide(tx: Any, path: str) -> None:
        folder = find_folder(tx, person.account, path)
        tx.run("UPDATE account SET modseq = modseq + 1 WHERE account_id = ?", (person.account,))
        tx.run(
            "UPDATE folder SET hidden = 1, modseq = (SELECT modseq FROM account WHERE account_id = ?)"
            " WHERE account_id = ? AND folder_id = ?",
            (person.account, person.account, folder.id),
        )

    hub.write(hide, "Shown")
    assert raw.command(b"NOOP")[0] == b'* LIST (\\NonExistent) "/" Shown\r\n'


def grant(owner: Any, path: str, holder: Holder, rights: str) -> None:
    def work(tx: Any) -> None:
        set_rights(tx, owner.account, find_folder(tx, owner.account, path).id, holder, parse_rights(rights))

    owner.hub.write(work)


def test_rights_by_groups_and_public_folders(connect: Callable[..., Any], engine_hub: Any, keys: Any) -> None:
    """Who is in a group hears at once what the group is granted, and at the next command that they are in it no more;
    what everybody may see everybody hears."""
    hub = engine_hub
    owner, guest = hub.person(keys), hub.person(keys)
    address = f"circle{guest.account}@example.org"
    group = hub.write(add_group, address, (guest.address,))
    raw = listener(connect, hub, guest, b"(subtree (Users/%b Public) %b)" % (owner.address.encode(), ALL))
    name = b"Users/%b/INBOX" % owner.address.encode()
    grant(owner, "INBOX", Holder(group, is_group=True), "lr")
    assert raw.file.readline() == b'* LIST (\\HasNoChildren) "/" %b\r\n' % name
    assert raw.file.readline().startswith(b"* LIST (\\NonExistent \\HasChildren) ")
    assert raw.file.readline().startswith(b"* STATUS %b (MESSAGES 0 " % name)
    hub.write(lambda tx: set_members(tx, address, remove=[guest.address]))
    owner.put("INBOX", MESSAGE)
    told = raw.command(b"NOOP")[0] + raw.command(b"NOOP")[0]
    assert b'* LIST (\\NonExistent \\NoAccess) "/" ' + name in told
    assert b"MESSAGES" not in told
    hub.write(create_public, NOW)
    public = f"News {guest.account}"
    hub.write(create_folder, PUBLIC, public)
    assert raw.file.readline() == b'* LIST (\\HasNoChildren) "/" "Public/%b"\r\n' % public.encode()
    while b"* STATUS" not in raw.file.readline():
        pass
    hub.write(lambda tx: delete_folder(tx, PUBLIC, find_folder(tx, PUBLIC, public).id))
    assert raw.file.readline() == b'* LIST (\\NonExistent) "/" "Public/%b"\r\n' % public.encode()


def test_an_owner_who_goes_away(connect: Callable[..., Any], hub: Any, keys: Any) -> None:
    """With an account its folders go."""
    owner, guest = hub.person(keys), hub.person(keys)
    grant(owner, "INBOX", Holder(guest.account), "lr")
    raw = listener(connect, hub, guest, b"(subtree Users (MailboxName))")
    hub.write(remove_account, owner.account)
    assert raw.file.readline() == b'* LIST (\\NonExistent) "/" Users/%b/INBOX\r\n' % owner.address.encode()


class Mirror:
    """What a client knows that asked once and from then on only listens."""

    def __init__(self, connect: Callable[..., Any], hub: Any, person: Any, what: bytes, patterns: bytes) -> None:
        self.raw = connect(login=False, to=hub)
        self.raw.command(b"LOGIN %b secret" % person.address.encode())
        self.patterns = patterns
        self.attributes: dict[bytes, bytes] = {}
        self.messages: dict[bytes, bytes] = {}
        self.hear(self.raw.command(b"NOTIFY SET STATUS " + what)[0])
        self.hear(self.raw.command(b'LIST () "" %b RETURN (CHILDREN)' % patterns)[0])

    def hear(self, told: bytes) -> None:
        for line in told.splitlines():
            if found := re.fullmatch(rb'\* LIST \(([^)]*)\) "/" (\S+)(?: \("OLDNAME" \((\S+)\)\))?', line):
                self.listed(*found.groups())
            elif found := re.match(rb"\* STATUS (\S+) \((.*)\)", line):
                self.messages[found[1]] = self.messages.get(found[1], b"") + b" " + found[2]

    def listed(self, attributes: bytes, name: bytes, old: bytes | None) -> None:
        if old is not None:
            for known in [known for known in self.attributes if known == old or known.startswith(old + b"/")]:
                new = name + known.removeprefix(old)
                self.attributes[new] = self.attributes.pop(known)
                if known in self.messages:
                    self.messages[new] = self.messages.pop(known)
        if b"\\NonExistent" in attributes:
            self.attributes.pop(name, None)
            self.messages.pop(name, None)
        else:
            self.attributes[name] = attributes.replace(b" \\NoAccess", b"")

    def check(self) -> None:
        """Once it has heard all, it knows what who asks is told."""
        self.hear(self.raw.command(b"NOOP")[0])
        told, _ = self.raw.command(b'LIST () "" %b RETURN (STATUS (MESSAGES UIDNEXT UNSEEN))' % self.patterns)
        self.hear(self.raw.command(b"NOOP")[0])
        listed = {name: attributes for attributes, name in re.findall(rb'\* LIST \(([^)]*)\) "/" (\S+)', told)}
        assert self.attributes.keys() <= listed.keys()
        missing = [attributes for name, attributes in listed.items() if name not in self.attributes]
        assert set(missing) <= {b"\\Noselect \\HasChildren"}, "but levels above what may be looked up"
        for name, items in re.findall(rb"\* STATUS (\S+) \((.*)\)", told):
            known = dict(re.findall(rb"([A-Z]+) (\d+)", self.messages.get(name, b"")))
            for item, value in re.findall(rb"([A-Z]+) (\d+)", items):
                assert known.get(item, b"0" if item != b"UIDNEXT" else b"1") == value, (name, item)


def act(rng: random.Random, owner: Any, guest: Any) -> None:
    """Something that others do in the owner's account; what cannot be done is refused."""
    paths = [path for path in owner.hub.read(list_folders, owner.account) if path.startswith("w")]
    some = rng.choice(paths) if paths else "w"
    what = rng.randrange(9) if paths else 0
    if what == 0:
        owner.make_folder(f"{rng.choice(['w', some])}/{rng.randrange(9)}")
    elif what <= 3:
        owner.put(some, MESSAGE)
    elif what == 4:
        owner.flag(some, ((1, rng.randrange(1, 5)),), ["\\Seen"])
    elif what == 5:
        holder = Holder(rng.choice([guest.account, ANYONE]), negative=rng.random() < 0.2)
        grant(owner, some, holder, rng.choice(["", "l", "lr", "lr"]))
    else:
        to_folder = (delete_folder, lambda *where: rename_folder(*where, f"w/{rng.randrange(9)}"), _remove)[what - 6]
        owner.hub.write(lambda tx: to_folder(tx, owner.account, find_folder(tx, owner.account, some).id))


def _remove(tx: Any, account: Any, folder: Any) -> None:
    remove(tx, account, folder, ((1, 2),))


@pytest.mark.parametrize("seed", range(6))
def test_who_listens_knows_what_who_asks_is_told(
    connect: Callable[..., Any], engine_hub: Any, keys: Any, seed: int
) -> None:
    """Names and counters that a client has put together of notifications alone are those of LIST and STATUS, for the
    owner and for a guest whose rights come and go; and of what the guest may not look up, it is told nothing."""
    hub = engine_hub
    owner, guest = hub.person(keys), hub.person(keys)
    owner.make_folder("w/1")
    everything = b"(MailboxName SubscriptionChange MessageNew MessageExpunge FlagChange)"
    prefix = b"Users/%b" % owner.address.encode()
    mine = Mirror(connect, hub, owner, b"(personal %b)" % everything, b"(w* INBOX)")
    theirs = Mirror(connect, hub, guest, b"(subtree %b %b)" % (prefix, everything), prefix + b"/*")
    rng = random.Random(seed)
    for _ in range(12):
        for _ in range(4):
            with contextlib.suppress(Refusal):
                act(rng, owner, guest)
        mine.check()
        theirs.check()
    hub.write(remove_account, owner.account)  # what was shared with everybody would be in others' way


def test_names_change_hands(connect: Callable[..., Any], deaf: Any, keys: Any) -> None:
    """Renamings that are told together come in an order that a client can follow: who had a name leaves it first."""
    person = deaf.person(keys)
    for name in ("a", "b", "c"):
        person.make_folder(name)
    raw = listener(connect, deaf, person, b"(personal (MailboxName))")

    def turn(tx: Any) -> None:
        for old, new in (("c", "d"), ("b", "c"), ("a", "b")):
            rename_folder(tx, person.account, find_folder(tx, person.account, old).id, new)
        create_folder(tx, person.account, "a")

    deaf.write(turn)
    told = re.findall(rb'"/" (\w+)(?: \("OLDNAME" \((\w+)\)\))?', raw.command(b"NOOP")[0])
    assert told == [(b"d", b"c"), (b"c", b"b"), (b"b", b"a"), (b"a", b"")]
