"""Search folders. Statements are those of [MS-OXCFOLD]."""

from __future__ import annotations

from collections.abc import Iterator
from email.mime.application import MIMEApplication
from email.mime.multipart import MIMEMultipart
from email.mime.text import MIMEText
from typing import Any

import pytest
from mapi_session import LOGON, imap_of, imap_subjects, mapi_hub, oid, share
from mapi_tables import TableSession

from posthouse.model.rights import Right
from posthouse.protocols.mapi.identifiers import ObjectId
from posthouse.protocols.mapi.property_rows import Missing
from posthouse.protocols.mapi.property_values import PropertyTag, PropertyType, TaggedValue
from posthouse.protocols.mapi.restrictions import (
    And,
    BitMask,
    Content,
    Exist,
    FuzzyLow,
    Not,
    Or,
    Property,
    RelOp,
    Restriction,
    SubObject,
)
from posthouse.protocols.mapi.rops import RopRequest
from posthouse.protocols.mapi.rops.folder import (
    FolderType,
    RopDeleteMessagesRequest,
    RopDeleteMessagesResponse,
    RopGetContentsTableRequest,
    RopGetContentsTableResponse,
    RopGetSearchCriteriaRequest,
    RopGetSearchCriteriaResponse,
    RopHardDeleteMessagesRequest,
    RopHardDeleteMessagesResponse,
    RopSetSearchCriteriaRequest,
    RopSetSearchCriteriaResponse,
    SearchRequestFlags,
    SearchResponseFlags,
)
from posthouse.protocols.mapi.rops.message import LOGON_CODE_PAGE, RopCreateMessageRequest
from posthouse.protocols.mapi.rops.moving import RopCopyFolderRequest, RopCopyFolderResponse, RopMoveCopyMessagesRequest
from posthouse.protocols.mapi.tags import (
    PidTagBody,
    PidTagContentCount,
    PidTagContentUnreadCount,
    PidTagDisplayName,
    PidTagFolderFlags,
    PidTagFolderType,
    PidTagMessageDeliveryTime,
    PidTagMessageFlags,
    PidTagMessageRecipients,
    PidTagMid,
    PidTagSubject,
)
from posthouse.servers.mapi.special_folders import Special
from posthouse.testing import Account, MailHub

INVALID, NOT_INITIALIZED, NOT_SEARCH_FOLDER, SCOPE_VIOLATION, TOO_COMPLEX = (
    *(0x80070057, 0x80040605, 0x461, 0x490, 0x80040117),
)
NOT_FOUND, NOT_SUPPORTED, ACCESS_DENIED = 0x8004010F, 0x80040102, 0x80070005
NOTHING, STOP, RESTART = SearchRequestFlags(0), SearchRequestFlags.STOP_SEARCH, SearchRequestFlags.RESTART_SEARCH
RECURSIVE, SHALLOW = SearchRequestFlags.RECURSIVE_SEARCH, SearchRequestFlags.SHALLOW_SEARCH
STATIC = SearchRequestFlags.STATIC_SEARCH
UNREAD = BitMask(False, PidTagMessageFlags, 1)


@pytest.fixture(scope="module")
def hub() -> Iterator[MailHub]:
    with mapi_hub("alice", "bob") as hub:
        yield hub


@pytest.fixture
def alice(hub: MailHub) -> TableSession:
    return TableSession(hub, "alice")


def subject(text: str | bytes) -> Content:
    """Whoever has it in the subject."""
    kind = PropertyType.STRING if isinstance(text, str) else PropertyType.STRING8
    tag = PropertyTag(PidTagSubject.id, kind)
    return Content(FuzzyLow.SUBSTRING, 1, tag, TaggedValue(tag, text))


def criteria(slot: int, restriction: Restriction | None, scope: list[ObjectId], flags: Any = NOTHING) -> Any:
    return RopSetSearchCriteriaRequest(0, slot, restriction, tuple(scope), SearchRequestFlags(flags))


def new_search(session: TableSession, restriction: Restriction, scope: list[ObjectId], flags: Any = NOTHING) -> int:
    """The slot of a folder that looks for this."""
    _, slot, _ = session.new(kind=FolderType.SEARCH)
    session.get(criteria(slot, restriction, scope, flags), RopSetSearchCriteriaResponse)
    return slot


def found(session: TableSession, slot: int) -> list[ObjectId]:
    """What a client sees in it, by its ids."""
    table = session.contents(slot, PidTagMid)
    ids = [number.to_bytes(8, "little", signed=True) for number in session.all_rows(table)]
    session.release(table)
    return sorted(ObjectId(int.from_bytes(one[:2], "little"), int.from_bytes(one[2:], "big")) for one in ids)


def told(session: TableSession, slot: int, *, unicode: bool = True, all: bool = True) -> RopGetSearchCriteriaResponse:
    return session.get(RopGetSearchCriteriaRequest(0, slot, unicode, all, all), RopGetSearchCriteriaResponse)


def test_what_was_set_is_told(alice: TableSession) -> None:
    """R98, R102, R118, R119, R120, R125, R133, R134, R121, R127 to R132, R136 to R141, R418, R451, R496, R512, R576,
    R698, R770, R772, R789, R793, R957 to R960, R1100, R1103, R1104, R1200, R1201, R1215, R2140, R2141, MS-OXCROPS R697,
    R715, R742, R74201."""
    folder, _, _ = alice.new()
    inbox = alice.special(Special.INBOX)
    slot = new_search(alice, subject("größe"), [folder, inbox], RECURSIVE)
    assert found(alice, slot) == []
    flags = SearchResponseFlags.SEARCH_COMPLETE | SearchResponseFlags.TWIR_TOTALLY
    response = told(alice, slot)
    assert response == RopGetSearchCriteriaResponse(
        slot, subject("größe"), 0, (folder, inbox), flags | SearchResponseFlags.SEARCH_RECURSIVE
    )
    assert told(alice, slot, unicode=False).restriction == subject("größe".encode("cp1252"))
    response = told(alice, slot, all=False)
    assert (response.restriction, response.folder_ids) == (None, ())
    alice.get(criteria(slot, subject(b"other"), [folder]), RopSetSearchCriteriaResponse)
    assert found(alice, slot) == []
    assert told(alice, slot) == RopGetSearchCriteriaResponse(slot, subject("other"), 0, (folder,), flags)


def test_a_search_is_running_until_somebody_has_looked(alice: TableSession) -> None:
    """R526, R546, R673, R766, R767, R768, R785, R793: from when it is begun or restarted until it is complete or is
    stopped; who asks whether it is, need not look into it."""
    folder, _, name = alice.new()
    [one] = alice.fill(name, "x")
    running, complete = SearchResponseFlags.SEARCH_RUNNING, SearchResponseFlags.SEARCH_COMPLETE

    def state() -> SearchResponseFlags:
        return told(alice, slot).search_flags & (running | complete)

    slot = new_search(alice, subject("x"), [folder], RESTART)
    assert state() == running
    assert state() == complete
    assert found(alice, slot) == [one]
    alice.get(criteria(slot, None, [], RESTART), RopSetSearchCriteriaResponse)
    assert state() == running
    alice.get(criteria(slot, None, [], RESTART), RopSetSearchCriteriaResponse)
    alice.get(criteria(slot, None, [], STOP), RopSetSearchCriteriaResponse)
    assert state() == complete
    alice.get(criteria(slot, None, [], RESTART), RopSetSearchCriteriaResponse)
    assert found(alice, slot) == [one]
    assert state() == complete


def test_what_is_left_out_stays(alice: TableSession) -> None:
    """R105, R109, R1239, R1241: criteria and folders of the last time; the flags are their defaults again."""
    folder, _, _ = alice.new()
    slot = new_search(alice, subject("x"), [folder], RECURSIVE | STATIC)
    alice.get(criteria(slot, None, []), RopSetSearchCriteriaResponse)
    response = told(alice, slot)
    assert (response.restriction, response.folder_ids) == (subject("x"), (folder,))
    assert not response.search_flags & (SearchResponseFlags.SEARCH_RECURSIVE | SearchResponseFlags.SEARCH_STATIC)


def test_the_first_search_must_say_all(alice: TableSession) -> None:
    """R565, R566, R1240; what looks for nothing yet shows nothing."""
    folder, _, _ = alice.new()
    _, slot, _ = alice.new(kind=FolderType.SEARCH)
    assert alice.error(criteria(slot, subject("x"), [])) == NOT_INITIALIZED
    assert alice.error(criteria(slot, None, [folder])) == INVALID
    assert alice.error(RopGetSearchCriteriaRequest(0, slot, True, True, True)) == NOT_INITIALIZED
    assert found(alice, slot) == []


@pytest.mark.parametrize("flags", [0x80, 0x0010_0000, STOP | RESTART, RECURSIVE | SHALLOW, 0x0003_0000])
def test_flags_that_cannot_be(alice: TableSession, flags: int) -> None:
    """R116, R116001, R1090 to R1092."""
    slot = new_search(alice, subject("x"), [alice.new()[0]])
    assert alice.error(criteria(slot, subject("y"), [], flags)) == INVALID
    assert told(alice, slot).restriction == subject("x")


def test_refusals(alice: TableSession) -> None:
    """R569, R570, R573, R696, R697, R1233, R574, R577 to R582, R1242 to R1244, R124201: no search folder, no folder,
    itself, one that is not there."""
    folder, plain, _ = alice.new()
    itself, search, _ = alice.new(kind=FolderType.SEARCH)
    ask = RopGetSearchCriteriaRequest(0, plain, True, True, True)
    assert alice.error(criteria(plain, subject("x"), [folder])) == NOT_SEARCH_FOLDER
    assert alice.error(ask) == NOT_SEARCH_FOLDER
    assert alice.error(criteria(LOGON, subject("x"), [folder])) == NOT_SUPPORTED
    assert alice.error(RopGetSearchCriteriaRequest(0, LOGON, True, True, True)) == NOT_SUPPORTED
    assert alice.error(criteria(search, subject("x"), [folder, itself])) == SCOPE_VIOLATION
    assert alice.error(criteria(search, subject("x"), [oid(999_999)])) == NOT_FOUND


@pytest.mark.parametrize("flags", [0x0001_0000, 0x0002_0000, 0, 0x30])
def test_with_and_without_an_index(alice: TableSession, flags: int) -> None:
    """R530, R782, R783, R788, R1205, R1208, R1238, R1238002: whatever the client wishes, the same is found, and it
    follows its messages. R786, R794, R796, R797: nothing of what these flags tell is so."""
    folder, _, name = alice.new()
    [one] = alice.fill(name, "indexed")
    slot = new_search(alice, subject("INDEX"), [folder], flags)
    assert found(alice, slot) == [one]
    assert told(alice, slot).search_flags == SearchResponseFlags.SEARCH_COMPLETE | SearchResponseFlags.TWIR_TOTALLY
    [two] = alice.fill(name, "indexed as well")
    assert found(alice, slot) == [one, two]


@pytest.mark.parametrize(
    ("text", "level", "is_found"),
    [("ll-kn", 0, True), ("well known", 0, False), ("Well-", 0, False), ("Well-", 1, True), ("attached", 1, False)],
)
def test_texts_are_searched_character_by_character(
    hub: MailHub, alice: TableSession, text: str, level: int, is_found: bool
) -> None:
    """R534, R535, R536: parts of words, with what stands between them, in another case when it is asked for, and not in
    what is attached."""
    folder, _, name = alice.new()
    message = MIMEMultipart()
    message.attach(MIMEText("It is well-known."))
    message.attach(MIMEApplication(b"attached", "octet-stream"))
    Account(hub, alice.account, "alice@example.org", "secret").add_message(message.as_bytes(), name)
    wanted = Content(FuzzyLow.SUBSTRING, level, PidTagBody, TaggedValue(PidTagBody, text))
    slot = new_search(alice, wanted, [folder], SearchRequestFlags.NON_CONTENT_INDEXED_SEARCH)
    assert bool(found(alice, slot)) is is_found


def test_too_complex(alice: TableSession) -> None:
    """R2570, R572."""
    folder, _, _ = alice.new()
    _, slot, _ = alice.new(kind=FolderType.SEARCH)
    many = Or(tuple(Exist(PidTagSubject) for _ in range(2001)))
    assert alice.error(criteria(slot, many, [folder])) == TOO_COMPLEX
    assert alice.error(criteria(slot, subject("x"), [folder] * 1001)) == TOO_COMPLEX


def test_it_shows_what_matches(alice: TableSession) -> None:
    """R515, R518, R519, R552, R1199, R1210: of the folders that were named; other criteria, other messages."""
    one, _, first = alice.new()
    two, _, second = alice.new()
    blue, red = alice.fill(first, "blue bird", "red bird")
    sky, _ = alice.fill(second, "blue sky", "clouds")
    slot = new_search(alice, subject("Blue"), [one])
    assert found(alice, slot) == [blue]
    alice.get(criteria(slot, None, [one, two]), RopSetSearchCriteriaResponse)
    assert found(alice, slot) == [blue, sky]
    alice.get(criteria(slot, subject("bird"), []), RopSetSearchCriteriaResponse)
    assert found(alice, slot) == [blue, red]


@pytest.mark.parametrize(
    ("restriction", "expected"),
    [
        (subject("bird"), [0, 1]),
        (Not(subject("bird")), [2]),
        (And((subject("bird"), subject("blue"))), [0]),
        (Or((subject("blue"), subject("cloud"))), [0, 2]),
        (UNREAD, [0, 1, 2]),
        (Property(RelOp.EQ, PidTagSubject, TaggedValue(PidTagSubject, "Blue Bird")), [0]),
        (Content(FuzzyLow.SUBSTRING, 1, PidTagBody, TaggedValue(PidTagBody, "CLOUDS")), [2]),
        (Exist(PidTagDisplayName), []),
        (SubObject(PidTagMessageRecipients, Exist(PidTagDisplayName)), []),
        (Property(RelOp.GT, PidTagMessageDeliveryTime, TaggedValue(PidTagMessageDeliveryTime, 1)), [0, 1, 2]),
    ],
    ids=lambda value: type(value).__name__,
)
def test_kinds_of_restrictions(alice: TableSession, restriction: Restriction, expected: list[int]) -> None:
    """R515, R538: of subjects, flags, bodies, recipients, dates."""
    folder, _, name = alice.new()
    ids = alice.fill(name, "blue bird", "red bird", "clouds")
    slot = new_search(alice, restriction, [folder])
    assert found(alice, slot) == [ids[number] for number in expected]


def test_recursive_searches(alice: TableSession) -> None:
    """R770, R772, R1200: with all folders below, or without."""
    folder, slot, name = alice.new()
    alice.create(slot, "inner")
    [above], [below] = alice.fill(name, "x above"), alice.fill(f"{name}/inner", "x below")
    search = new_search(alice, subject("x"), [folder], SHALLOW)
    assert found(alice, search) == [above]
    alice.get(criteria(search, None, [], RECURSIVE), RopSetSearchCriteriaResponse)
    assert found(alice, search) == [above, below]
    alice.create(slot, "later")
    [late] = alice.fill(f"{name}/later", "x later")
    assert found(alice, search) == [above, below, late]


def test_all_that_users_see_and_all_that_there_is(alice: TableSession) -> None:
    """R770: the IPM subtree is not the whole mailbox."""
    views = alice.open(alice.special(Special.VIEWS))
    beside, _, _ = alice.new(views)
    _, _, name = alice.new()
    alice.fill(name, "everywhere")
    alice.put_into(beside, "everywhere, beside")
    for special, count in ((Special.IPM_SUBTREE, 1), (Special.ROOT, 2), (Special.VIEWS, 1)):
        slot = new_search(alice, subject("everywhere"), [alice.special(special)], RECURSIVE)
        assert len(found(alice, slot)) == count


def test_a_dynamic_search_follows_its_messages(hub: MailHub, alice: TableSession) -> None:
    """R1095 to R1097: messages come, change, move and go, whoever does it."""
    folder, source, name = alice.new()
    _, other, elsewhere = alice.new()
    slot = new_search(alice, And((subject("x"), UNREAD)), [folder])
    assert found(alice, slot) == []
    one, two, three = alice.fill(name, "x 1", "x 2", "x 3")
    assert found(alice, slot) == [one, two, three]
    with imap_of(hub, "alice") as client:
        client.select_folder(name)
        client.add_flags([1], ["\\Seen"])
        assert found(alice, slot) == [two, three]
        client.remove_flags([1], ["\\Seen"])
        assert found(alice, slot) == [one, two, three]
    alice.get(RopDeleteMessagesRequest(0, source, False, False, (two,)), RopDeleteMessagesResponse)
    assert found(alice, slot) == [one, three]
    alice.execute(RopMoveCopyMessagesRequest(0, source, other, (three,), False, False))
    assert found(alice, slot) == [one]
    [back] = alice.message_ids(elsewhere)
    alice.execute(RopMoveCopyMessagesRequest(0, other, source, (back,), False, False))
    assert len(found(alice, slot)) == 2


@pytest.mark.parametrize("flags", [STOP, STOP | STATIC])
def test_stopping_what_is_complete(alice: TableSession, flags: SearchRequestFlags) -> None:
    """R543, R545, R54301, R673, R1089, R1098, R1099: changes nothing; it goes on following its messages."""
    folder, _, name = alice.new()
    slot = new_search(alice, subject("x"), [folder])
    assert found(alice, slot) == []
    before = told(alice, slot)
    alice.get(criteria(slot, subject("y"), [], flags), RopSetSearchCriteriaResponse)
    assert told(alice, slot) == before
    [one] = alice.fill(name, "x")
    assert found(alice, slot) == [one]


def test_a_static_search_is_done_once(alice: TableSession) -> None:
    """R546, R549, R551, R766 to R768, R784, R795, R1084, R1093, R1198: what comes later is not in it until it is
    searched again."""
    folder, _, name = alice.new()
    [one] = alice.fill(name, "x 1")
    slot = new_search(alice, subject("x"), [folder], STATIC)
    assert told(alice, slot).search_flags & SearchResponseFlags.SEARCH_STATIC
    [two] = alice.fill(name, "x 2")
    assert found(alice, slot) == [one]
    alice.get(criteria(slot, None, [], STATIC | RESTART), RopSetSearchCriteriaResponse)
    assert found(alice, slot) == [one, two]


def test_a_static_search_keeps_what_is_deleted(alice: TableSession) -> None:
    """R1094: it shows it as it was, until it is searched again."""
    folder, there, name = alice.new()
    one, two = alice.fill(name, "x 1", "x 2")
    slot = new_search(alice, subject("x"), [folder], STATIC)
    alice.get(RopDeleteMessagesRequest(0, there, False, False, (two,)), RopDeleteMessagesResponse)
    assert found(alice, slot) == [one, two]
    assert alice.properties_in(slot)[PidTagContentCount] == 2
    table = alice.restrict(alice.contents(slot, PidTagSubject, PidTagBody), subject("x 2"))
    [(title, body)] = alice.rows(table)
    assert (title, body.strip()) == ("x 2", "x 2")
    alice.get(criteria(slot, None, [], STATIC | RESTART), RopSetSearchCriteriaResponse)
    assert found(alice, slot) == [one]


@pytest.mark.parametrize("how", [RopHardDeleteMessagesRequest, RopMoveCopyMessagesRequest])
def test_a_static_search_keeps_what_is_nowhere_any_more(alice: TableSession, how: type[RopRequest]) -> None:
    """R549, R1084, R1094: nothing but that it was found is known of it; that is there until it is searched again."""
    folder, there, name = alice.new()
    _, elsewhere, _ = alice.new()
    one, two = alice.fill(name, "x 1", "x 2")
    slot = new_search(alice, subject("x"), [folder], STATIC)
    table = alice.contents(slot, PidTagMid, PidTagSubject)
    if how is RopHardDeleteMessagesRequest:
        alice.get(RopHardDeleteMessagesRequest(0, there, False, False, (two,)), RopHardDeleteMessagesResponse)
    else:
        assert alice.error(RopMoveCopyMessagesRequest(0, there, elsewhere, (two,), False, False)) == 0
    assert found(alice, slot) == [one, two]
    assert alice.get(RopGetContentsTableRequest(0, slot, alice.slot()), RopGetContentsTableResponse).row_count == 2
    counts = alice.properties_in(slot)
    assert (counts[PidTagContentCount], counts[PidTagContentUnreadCount]) == (2, 1)
    titles = [title for _, title in alice.all_rows(table)]
    assert sorted(titles, key=str) == [Missing(NOT_FOUND), "x 1"]
    assert alice.rows(alice.restrict(alice.contents(slot, PidTagSubject), subject("x 2"))) == []
    alice.get(criteria(slot, None, [], STATIC | RESTART), RopSetSearchCriteriaResponse)
    assert found(alice, slot) == [one]


def test_messages_found_are_those_of_their_folders(hub: MailHub, alice: TableSession) -> None:
    """R263, R121701, R121702, R632: what is deleted, copied or moved in a search folder is the message itself."""
    folder, _, name = alice.new()
    _, target, copies = alice.new()
    one, two, three = alice.fill(name, "x 1", "x 2", "x 3")
    slot = new_search(alice, subject("x"), [folder])
    [response] = alice.execute(RopMoveCopyMessagesRequest(0, slot, target, (one,), False, True))
    assert (response.return_value, response.partial_completion) == (0, False)
    alice.execute(RopMoveCopyMessagesRequest(0, slot, target, (two,), False, False))
    alice.get(RopDeleteMessagesRequest(0, slot, False, False, (three,)), RopDeleteMessagesResponse)
    assert imap_subjects(hub, "alice", name) == ["x 1"]
    assert sorted(imap_subjects(hub, "alice", copies)) == ["x 1", "x 2"]
    assert len(found(alice, slot)) == 1


@pytest.mark.parametrize(("associated", "code"), [(False, 0x460), (True, 0)])
def test_no_message_is_made_in_a_search_folder(alice: TableSession, associated: bool, code: int) -> None:
    """It would be seen nowhere; how the folder looks, a client keeps in an associated one."""
    search, slot, _ = alice.new(kind=FolderType.SEARCH)
    assert alice.error(RopCreateMessageRequest(0, slot, alice.slot(), LOGON_CODE_PAGE, search, associated)) == code


def test_counters(alice: TableSession) -> None:
    """R812, R1035105, R10345, R10347, R10362: of what it shows."""
    folder, _, name = alice.new()
    alice.fill(name, "x", "y")
    slot = new_search(alice, subject("x"), [folder])
    properties = alice.properties_in(slot)
    for tag, value in (
        (PidTagFolderType, 2),
        (PidTagFolderFlags, 3),
        (PidTagContentCount, 1),
        (PidTagContentUnreadCount, 1),
    ):
        assert properties[tag] == value


def test_a_copy_looks_for_the_same(alice: TableSession) -> None:
    """R198."""
    folder, _, name = alice.new()
    [one] = alice.fill(name, "x")
    search, slot, _ = alice.new(kind=FolderType.SEARCH)
    alice.get(criteria(slot, subject("x"), [folder]), RopSetSearchCriteriaResponse)
    request = RopCopyFolderRequest(0, alice.subtree, alice.subtree, False, False, True, search, f"{name} copy")
    alice.get(request, RopCopyFolderResponse)
    copy, copy_slot = alice.create(alice.subtree, f"{name} copy", existing=True, kind=FolderType.SEARCH)
    assert copy != search
    assert found(alice, copy_slot) == [one]


def test_rights(hub: MailHub, alice: TableSession) -> None:
    """R394: others see of it what they may read; to set criteria is the owner's."""
    folder, _, name = alice.new()
    hidden, _, secret = alice.new()
    [one], _ = alice.fill(name, "x"), alice.fill(secret, "x")
    search, slot, _ = alice.new(kind=FolderType.SEARCH)
    alice.get(criteria(slot, subject("x"), [folder, hidden]), RopSetSearchCriteriaResponse)
    share(hub, "alice", name, "bob", Right.LOOKUP | Right.READ)
    alice.share_folder(search, "bob", Right.LOOKUP | Right.READ)
    bob = TableSession(hub, "bob", "alice")
    there = bob.open(search)
    assert found(bob, there) == [one]
    assert bob.error(criteria(there, subject("y"), [])) == ACCESS_DENIED
    share(hub, "alice", name, "bob", Right.LOOKUP)
    assert found(bob, there) == []
