"""Who has made what in a shared folder, on both engines."""

from __future__ import annotations

from posthouse.model.ids import AccountId
from posthouse.store.content import add_content
from posthouse.store.creators import creator_of, made_by, note_creator
from posthouse.store.folders import INBOX
from posthouse.store.intake import content_of
from posthouse.store.messages import NewMessage, append
from posthouse.store.object_changes import create_message, update_message
from posthouse.store.objects import Form, find_message, load_form

BOB, CAROL = AccountId(8), AccountId(9)


def test_what_somebody_has_made(shelf):
    """Of a message that has an object, and of one that has none; saving it again changes nothing of that."""
    data = content_of(shelf.blobs, b"Subject: x\r\n\r\ntext\r\n")
    with shelf.database.transaction() as tx:
        new = NewMessage(add_content(tx, data), data.size, 1)
        made = create_message(tx, shelf.account, INBOX, new, Form(False, b"", creator=BOB), 1)
        copied, mail = (append(tx, shelf.account, INBOX, new, 1) for _ in range(2))
        note_creator(tx, shelf.account, INBOX, ((copied.uid, copied.uid),), CAROL)
        numbers = [made.id, copied.message, mail.message]
        assert [creator_of(tx, shelf.account, one) for one in numbers] == [BOB, CAROL, 0]
        assert made_by(tx, shelf.account, numbers, BOB) == [made.id]
        assert made_by(tx, shelf.account, numbers, CAROL) == [copied.message]
        update_message(tx, shelf.account, find_message(tx, shelf.account, made.id), Form(False, b"\1"), 2)
        assert creator_of(tx, shelf.account, made.id) == BOB
        form = load_form(tx, shelf.account, find_message(tx, shelf.account, copied.message))
        assert form is not None
        assert (form.whole, form.data, form.creator) == (False, b"", CAROL)
