"""The answers of whoever is out of office: two rules of the Inbox, for people here and for others, each with a
template, as Exchange makes them – [MS-OXORULE] 3.2.5.1.1, [MS-OXWOOF] 2.2.4.2.

Which of two a sender hears is a condition of the rule: what a stranger has brought is from outside, and so is what
comes from no address of ours. There is one place for all of this: what a client of MAPI has set is told here, too.
"""

from __future__ import annotations

import re
import secrets
from collections.abc import Iterator
from typing import NamedTuple
from uuid import uuid4

from posthouse.database import Transaction
from posthouse.model.flags import UNFLAGGED
from posthouse.model.ids import AccountId, ContentId, FolderId, MessageId
from posthouse.model.ranges import from_numbers
from posthouse.model.refusals import BadSyntax, MessageNotFound
from posthouse.protocols.ews.out_of_office import Audience
from posthouse.protocols.mapi import tags
from posthouse.protocols.mapi.identifiers import OWN_REPLICA, ObjectId
from posthouse.protocols.mapi.matching import IGNORE_CASE
from posthouse.protocols.mapi.mime.bodies import HTML, PLAIN, html_body, native_body, plain_body
from posthouse.protocols.mapi.mime.flags import INTERNET
from posthouse.protocols.mapi.mime.html import declare_utf_8
from posthouse.protocols.mapi.mime.texts import UTF_8
from posthouse.protocols.mapi.moments import file_time
from posthouse.protocols.mapi.objects import Message, Properties, set_value, value_of
from posthouse.protocols.mapi.property_values import PropertyTag, TaggedValue
from posthouse.protocols.mapi.restrictions import And, BitMask, Content, FuzzyLow, Not, Or, Restriction
from posthouse.protocols.mapi.rule_actions import ActionBlock, ActionType, ReplyData
from posthouse.protocols.mapi.rules import OOF_PROVIDER, OOF_STATE, OOF_TEMPLATE, RuleState
from posthouse.protocols.mapi.stored_form import (
    format_stored,
    format_stored_properties,
    parse_stored,
    parse_stored_properties,
)
from posthouse.store.blobs import Blobs
from posthouse.store.deletion import Chosen, delete_for_good
from posthouse.store.folders import INBOX
from posthouse.store.messages import NewMessage
from posthouse.store.object_changes import create_message, take_ids
from posthouse.store.objects import Form, find_message, load_form
from posthouse.store.rules import StoredRule, change_rules, rules_of

SEQUENCE = 10
_PREFIX = "Microsoft.Exchange.OOF."
_INTERNAL = f"{_PREFIX}InternalSenders.Global"
_EXTERNAL = {
    Audience.ALL: f"{_PREFIX}AllExternalSenders.Global",
    Audience.KNOWN: f"{_PREFIX}KnownExternalSenders.Global",
    Audience.NONE: f"{_PREFIX}NoExternalSenders.Global",
}
"""By which it is known what was said; without a rule like these everybody hears the same."""
_HTML = re.compile(r"<(?:!doctype|html|body|div|p|br|span|table)\b[^<>]{0,1000}>", re.I)


class Replies(NamedTuple):
    internal: str = ""
    external: str = ""
    audience: Audience = Audience.ALL
    """Contacts are not looked up: of those outside, all are answered, or nobody."""


class _OofRule(NamedTuple):
    id: int
    name: str
    templates: tuple[MessageId, ...]


def read_replies(tx: Transaction, blobs: Blobs, account: AccountId) -> Replies:
    texts = {rule.name: _text(tx, blobs, account, rule) for rule in _oof_rules(tx, account)}
    for audience, name in _EXTERNAL.items():
        if name in texts:
            external = texts.pop(name)
            return Replies(next(iter(texts.values()), ""), external, audience)
    text = next(iter(texts.values()), "")
    return Replies(text, text)


def write_replies(tx: Transaction, account: AccountId, replies: Replies, domain: str, now: int) -> None:
    """In place of those that there are. `domain`: the owner's."""
    before = _oof_rules(tx, account)
    inside = _from_inside(domain)
    told = (
        (_INTERNAL, replies.internal, inside, bool(replies.internal)),
        (_EXTERNAL[replies.audience], replies.external, Not(inside), _answers_outside(replies)),
    )
    new = [_rule(tx, account, *one, now) for one in told]
    change_rules(tx, account, INBOX, new, [rule.id for rule in before])
    gone = from_numbers(sorted({template for rule in before for template in rule.templates}))
    delete_for_good(tx, account, INBOX, Chosen(asides=gone))


def _answers_outside(replies: Replies) -> bool:
    return replies.audience is Audience.ALL and bool(replies.external)


def _from_inside(domain: str) -> Restriction:
    def has(tag: PropertyTag, how: FuzzyLow, text: str) -> Restriction:
        return Content(how, IGNORE_CASE, tag, TaggedValue(tag, text))

    return And(
        (
            BitMask(False, tags.PidTagMessageFlags, INTERNET),
            Or(
                (
                    has(tags.PidTagSenderAddressType, FuzzyLow.FULL_STRING, "EX"),
                    has(tags.PidTagSenderEmailAddress, FuzzyLow.SUBSTRING, f"@{domain}"),
                )
            ),
        )
    )


def _rule(
    tx: Transaction, account: AccountId, name: str, text: str, condition: Restriction, enabled: bool, now: int
) -> StoredRule:
    guid = uuid4()
    template = Message(_template(text, guid.bytes_le, now))
    data = format_stored(template)
    new = NewMessage(ContentId(0), len(data), now, UNFLAGGED)
    row = create_message(tx, account, INBOX, new, Form(True, data), now, associated=True)
    reply = ReplyData(_object_id(INBOX), _object_id(row.id), guid)
    form: Properties = {}
    set_value(form, tags.PidTagRuleName, name)
    set_value(form, tags.PidTagRuleProvider, OOF_PROVIDER)
    set_value(form, tags.PidTagRuleLevel, 0)
    set_value(form, tags.PidTagRuleCondition, condition)
    set_value(form, tags.PidTagRuleActions, (ActionBlock(ActionType.OP_OOF_REPLY, reply),))
    state = OOF_STATE if enabled else OOF_STATE & ~RuleState.ENABLED
    return StoredRule(int(take_ids(tx, account, 1)), SEQUENCE, int(state), format_stored_properties(form))


def _object_id(number: FolderId | MessageId) -> ObjectId:
    return ObjectId(OWN_REPLICA, number)


def _template(text: str, guid: bytes, now: int) -> Properties:
    found: Properties = {}
    for tag, value in (
        (tags.PidTagMessageClass, OOF_TEMPLATE),
        (tags.PidTagReplyTemplateId, guid),
        (tags.PidTagSubject, ""),
        (tags.PidTagImportance, 1),
        (tags.PidTagSensitivity, 0),
        (tags.PidTagSearchKey, secrets.token_bytes(16)),
        (tags.PidTagCreationTime, file_time(now)),
        (tags.PidTagLastModificationTime, file_time(now)),
    ):
        set_value(found, tag, value)
    if _HTML.search(text):
        set_value(found, tags.PidTagHtml, declare_utf_8(text).encode("utf-8", "replace"))
        set_value(found, tags.PidTagInternetCodepage, UTF_8)
        set_value(found, tags.PidTagNativeBody, HTML)
    else:
        set_value(found, tags.PidTagBody, re.sub(r"\r\n|\r|\n", "\r\n", text))
        set_value(found, tags.PidTagNativeBody, PLAIN)
    return found


def _oof_rules(tx: Transaction, account: AccountId) -> list[_OofRule]:
    """Rules that do nothing but answer while somebody is away, by whichever client they were made."""
    return list(filter(None, map(_oof_rule, rules_of(tx, account, INBOX))))


def _oof_rule(stored: StoredRule) -> _OofRule | None:
    try:
        properties = parse_stored_properties(stored.form)
    except BadSyntax:
        return None
    actions: tuple[ActionBlock, ...] = tuple(value_of(properties, tags.PidTagRuleActions, ()))
    templates = tuple(_templates(actions))
    if value_of(properties, tags.PidTagRuleProvider) != OOF_PROVIDER or not 0 < len(templates) == len(actions):
        return None
    return _OofRule(stored.id, value_of(properties, tags.PidTagRuleName) or "", templates)


def _templates(actions: tuple[ActionBlock, ...]) -> Iterator[MessageId]:
    for action in actions:
        if action.action_type is ActionType.OP_OOF_REPLY and isinstance(action.data, ReplyData):
            yield MessageId(action.data.reply_template_mid.counter)


def _text(tx: Transaction, blobs: Blobs, account: AccountId, rule: _OofRule) -> str:
    """HTML where the template has it; empty when the template is gone, or has just changed."""
    try:
        form = load_form(tx, account, find_message(tx, account, rule.templates[0]))
        data = b"" if form is None else bytes(blobs.open(form.blob)[:]) if form.blob else form.data
        properties = parse_stored(data).properties
    except (MessageNotFound, BadSyntax, FileNotFoundError):
        return ""
    body = plain_body(properties) if native_body(properties) == PLAIN else html_body(properties)
    return (body or "").strip()
