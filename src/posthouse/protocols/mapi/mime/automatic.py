"""What programs write in somebody's name: answers by a template, and messages that go on – [MS-OXORULE] 3.2.5.1.

Both say that no person wrote them (RFC 3834 §5, PidTagAutoForwarded), and what they are about: the thread goes on.
"""

from __future__ import annotations

import html
import re
from collections.abc import Iterable, Sequence
from typing import NamedTuple

from posthouse.message.dates import format_date
from posthouse.texts import Language, say

from .. import tags
from ..moments import EPOCH, UNITS
from ..objects import Message, Properties, Recipient, set_value, value_of
from .address_book import EMPTY, AddressBook
from .bodies import HTML, PLAIN, html_body, native_body, plain_body
from .essentials import moment
from .header_in import recipient_properties
from .header_out import BCC, CC, TO, subject_of
from .people import RECIPIENT, SENDER, SENT_REPRESENTING, Person, mailbox_of, person_of, person_properties
from .subjects import shorten, split_subject

OOF_TEMPLATE, REPLY_TEMPLATE = "IPM.Note.rules.OOFTemplate", "IPM.Note.rules.ReplyTemplate"
"""Beginnings of PidTagMessageClass, of templates and of what is made of them (R848, R795)."""
SMS_ALERT = "IPM.Note.Mobile.SMS.Alert"
NO_ANSWERS = -1
"""PidTagAutoResponseSuppress: of no kind ([MS-OXOMSG] 2.2.1.77)."""
TEXT = 160
"""Characters of a short message."""
MAX_REFERENCES = 20

_UTF_8 = 65001
_IDS = re.compile(r"<[^<>\s]++>")
_START = re.compile(r"<body\b[^<>]{0,2000}>", re.I)
_SEARCHED = 1 << 20
"""Characters of a document in which its body begins."""


class Addressee(NamedTuple):
    person: Person
    kind: int = TO
    """PidTagRecipientType."""


class AnswerKind(NamedTuple):
    is_away: bool = False
    """Whose rule it is, is out of office."""
    is_stock: bool = False
    """The text is the hub's (R289)."""
    language: Language = Language.ENGLISH
    """Of what the hub says."""


def answer_of(
    original: Message, template: Message, me: Person, to: Iterable[Addressee], at: float, kind: AnswerKind
) -> Message:
    """`me`: whose rule it is."""
    subject = subject_of(original.properties)
    answer = _begin(original, me, to, at)
    if kind.is_stock:
        answer.properties.update(_told(say(kind.language, "answer.text", subject=subject) + "\r\n"))
    else:
        answer.properties.update({key: template.properties[key] for key in _OF_TEMPLATE & template.properties.keys()})
        answer.attachments = template.attachments
    own = subject_of(template.properties)
    if kind.is_away:
        about = say(kind.language, "answer.subject", subject=subject)
    else:
        about = own or f"RE: {split_subject(subject)[1]}"
    set_value(answer.properties, tags.PidTagSubject, shorten(about))
    set_value(
        answer.properties,
        tags.PidTagMessageClass,
        _class_of(template, OOF_TEMPLATE if kind.is_away else REPLY_TEMPLATE),
    )
    set_value(answer.properties, tags.PidTagAutoResponseSuppress, NO_ANSWERS)
    return answer


_BODIES = (tags.PidTagBody, tags.PidTagHtml, tags.PidTagRtfCompressed, tags.PidTagRtfInSync, tags.PidTagNativeBody)
_OF_TEMPLATE = frozenset(
    tag.id for tag in (*_BODIES, tags.PidTagInternetCodepage, tags.PidTagImportance, tags.PidTagSensitivity)
)


def _class_of(template: Message, beginning: str) -> str:
    """A client may have put something behind it (R797)."""
    told: str = value_of(template.properties, tags.PidTagMessageClass) or ""
    return told if told.lower().startswith(beginning.lower()) else beginning


def addressees(template: Message, book: AddressBook) -> list[Addressee]:
    """Who else gets what is made of a template."""
    found = []
    for recipient in template.recipients:
        person = person_of(RECIPIENT, recipient.properties, book)
        kind = value_of(recipient.properties, tags.PidTagRecipientType, TO) & 0xF
        if person is not None:
            found.append(Addressee(person, kind if kind in (TO, CC, BCC) else TO))
    return found


# What goes on
def forward_of(original: Message, me: Person, to: Iterable[Addressee], at: float) -> Message:
    """With all of it below its header, as a person forwards a message."""
    forward = _begin_forward(original, me, to, at)
    told = _header_of(original)
    text = "".join(f"{name}: {value}\r\n" for name, value in told)
    text = f"\r\n-----Original Message-----\r\n{text}\r\n{plain_body(original.properties) or ''}"
    forward.properties.update(_told(text))
    if native_body(original.properties) not in (PLAIN, 0):
        document = _below(told, html_body(original.properties) or "")
        set_value(forward.properties, tags.PidTagHtml, document.encode("utf-8", "replace"))
        set_value(forward.properties, tags.PidTagInternetCodepage, _UTF_8)
        set_value(forward.properties, tags.PidTagNativeBody, HTML)
    forward.attachments = original.attachments
    return forward


def cover_of(original: Message, me: Person, to: Iterable[Addressee], at: float) -> Message:
    """For what goes with it as an attachment."""
    cover = _begin_forward(original, me, to, at)
    cover.properties.update(_told(""))
    return cover


def text_of(original: Message, me: Person, to: Iterable[Addressee], at: float) -> Message:
    """A short message: who has written, and how it begins."""
    short = _begin_forward(original, me, to, at)
    author = value_of(original.properties, tags.PidTagSentRepresentingName) or ""
    said = " ".join((plain_body(original.properties) or "").split())
    short.properties.update(_told(f"{author}: {subject_of(original.properties)}: {said}"[:TEXT]))
    set_value(short.properties, tags.PidTagMessageClass, SMS_ALERT)
    return short


def _begin_forward(original: Message, me: Person, to: Iterable[Addressee], at: float) -> Message:
    begun = _begin(original, me, to, at)
    subject = shorten(f"FW: {split_subject(subject_of(original.properties))[1]}")
    set_value(begun.properties, tags.PidTagSubject, subject)
    for tag in (tags.PidTagImportance, tags.PidTagSensitivity):
        if tag.id in original.properties:
            begun.properties[tag.id] = original.properties[tag.id]
    return begun


def _header_of(original: Message) -> list[tuple[str, str]]:
    properties = original.properties
    author = person_of(SENT_REPRESENTING, properties, EMPTY)
    sent = value_of(properties, tags.PidTagClientSubmitTime)
    told = [
        ("From", _shown(author) if author else ""),
        ("Sent", "" if sent is None else format_date(sent // UNITS - EPOCH)),
        ("To", value_of(properties, tags.PidTagDisplayTo) or ""),
        ("Cc", value_of(properties, tags.PidTagDisplayCc) or ""),
        ("Subject", subject_of(properties)),
    ]
    return [(name, value) for name, value in told if value]


def _shown(person: Person) -> str:
    return f"{person.name} <{person.address}>" if mailbox_of(person).name else person.address


def _below(told: Sequence[tuple[str, str]], document: str) -> str:
    """The document, with these lines where its body begins."""
    lines = "<br>\n".join(f"<b>{name}:</b> {html.escape(value)}" for name, value in told)
    block = f"<hr>\n<p>{lines}</p>\n"
    found = _START.search(document, 0, _SEARCHED)
    at = found.end() if found else 0
    return document[:at] + block + document[at:]


# What both are
def _begin(original: Message, me: Person, to: Iterable[Addressee], at: float) -> Message:
    begun = Message()
    begun.properties.update(person_properties(SENT_REPRESENTING, me) | person_properties(SENDER, me))
    for row, (person, kind) in enumerate(to):
        begun.recipients.append(Recipient(row, recipient_properties(person, kind, row)))
    set_value(begun.properties, tags.PidTagClientSubmitTime, moment(at))
    set_value(begun.properties, tags.PidTagAutoForwarded, True)
    topic = value_of(original.properties, tags.PidTagConversationTopic)
    if topic:
        set_value(begun.properties, tags.PidTagConversationTopic, topic)
    _tell_thread(original.properties, begun.properties)
    return begun


def _tell_thread(original: Properties, begun: Properties) -> None:
    """RFC 5322 §3.6.4. Of a long thread the beginning, by which it is known, and what came last."""
    message_id: str = value_of(original, tags.PidTagInternetMessageId) or ""
    if not _IDS.fullmatch(message_id):
        return
    before = _IDS.findall(value_of(original, tags.PidTagInternetReferences) or "")
    before = [*before[:1], *before[1:][-MAX_REFERENCES:]]
    set_value(begun, tags.PidTagInReplyToId, message_id)
    set_value(begun, tags.PidTagInternetReferences, " ".join((*before, message_id)))


def _told(text: str) -> Properties:
    found: Properties = {}
    set_value(found, tags.PidTagBody, text)
    set_value(found, tags.PidTagNativeBody, PLAIN)
    return found
