"""GetUserOofSettings and SetUserOofSettings – [MS-OXWOOF] 3.1.4."""

from __future__ import annotations

from datetime import UTC, datetime
from enum import Enum
from typing import NamedTuple

from posthouse.protocols.markup import Element, escape

from .moments import format_moment, parse_moment
from .soap import Call, Fault, Problem, format_message, schema_fault

GET, SET = "GetUserOofSettingsRequest", "SetUserOofSettingsRequest"
GET_RESPONSE, SET_RESPONSE = "GetUserOofSettingsResponse", "SetUserOofSettingsResponse"
MAX_REPLY = 64 * 1024
"""Bytes of one."""


class OofState(Enum):
    """2.2.5.2."""

    DISABLED = "Disabled"
    ENABLED = "Enabled"
    SCHEDULED = "Scheduled"


class Audience(Enum):
    """2.2.5.1: who outside is answered."""

    NONE = "None"
    KNOWN = "Known"
    """Contacts of the user."""
    ALL = "All"


class OofSettings(NamedTuple):
    """2.2.4.2. Both times are of UTC; they count for SCHEDULED alone."""

    state: OofState
    audience: Audience
    begin: datetime
    end: datetime
    internal: str = ""
    """For people here; HTML, or text. Empty: nobody is answered."""
    external: str = ""


def parse_mailbox(call: Call) -> str:
    """The address. Fault."""
    address = call.operation.text_of("Mailbox", "Address")
    if not address:
        raise schema_fault("a mailbox")
    return address


def parse_settings(call: Call, now: datetime) -> OofSettings:
    """What nothing here follows (meetings that are to be declined) is passed over. Fault."""
    found = call.operation.find("UserOofSettings")
    if found is None:
        raise schema_fault("settings")
    try:
        state, audience = OofState(found.text_of("OofState")), Audience(found.text_of("ExternalAudience"))
    except ValueError:
        raise schema_fault("a state and an audience") from None
    begin, end = _duration(found.find("Duration"), now) if state is OofState.SCHEDULED else (now, now)
    return OofSettings(state, audience, begin, end, _reply(found, "InternalReply"), _reply(found, "ExternalReply"))


def _duration(element: Element | None, now: datetime) -> tuple[datetime, datetime]:
    if element is None:
        raise schema_fault("a duration")
    begin, end = (_in_utc(parse_moment(element.text_of(name))) for name in ("StartTime", "EndTime"))
    if not begin < end or end <= now:
        raise Fault("ErrorInvalidScheduledOofDuration", "The absence would end before it begins, or has ended.")
    return begin, end


def _in_utc(moment: datetime) -> datetime:
    """Without a zone of its own it is that (2.2.4.2)."""
    return moment.astimezone(UTC) if moment.tzinfo is not None else moment.replace(tzinfo=UTC)


def _reply(settings: Element, name: str) -> str:
    text = settings.text_of(name, "Message") or ""
    if len(text.encode()) > MAX_REPLY:
        raise Fault("ErrorInvalidUserOofSettings", f"A reply has at most {MAX_REPLY // 1024} KB.")
    return text


# Responses
def format_settings(found: OofSettings | Problem) -> str:
    if isinstance(found, Problem):
        return format_message(found)
    replies = (("InternalReply", found.internal), ("ExternalReply", found.external))
    return (
        f"{format_message(None)}<t:OofSettings><t:OofState>{found.state.value}</t:OofState>"
        f"<t:ExternalAudience>{found.audience.value}</t:ExternalAudience>"
        f"<t:Duration><t:StartTime>{format_moment(found.begin)}</t:StartTime>"
        f"<t:EndTime>{format_moment(found.end)}</t:EndTime></t:Duration>"
        f"{''.join(f'<t:{name}><t:Message>{escape(text)}</t:Message></t:{name}>' for name, text in replies)}"
        f"</t:OofSettings><m:AllowExternalOof>{Audience.ALL.value}</m:AllowExternalOof>"
    )
