"""Exchange Web Services as a client asks for them: SOAP in few words, over TLS, with a login."""

from __future__ import annotations

from typing import Any

from mapi_tables import TableSession
from web_pages import Answer, ask

from posthouse.protocols.mapi.mime.from_mime import from_mime
from posthouse.protocols.mapi.objects import Key
from posthouse.protocols.mapi.property_values import PropertyTag
from posthouse.servers.mapi.special_folders import Special, own_folder
from posthouse.store.content import add_content
from posthouse.store.intake import content_of
from posthouse.store.messages import NewMessage, append
from posthouse.testing import MailHub

PATH = "/EWS/Exchange.asmx"
TYPES = "http://schemas.microsoft.com/exchange/services/2006/types"
MESSAGES = "http://schemas.microsoft.com/exchange/services/2006/messages"
SOAP = "http://schemas.xmlsoap.org/soap/envelope/"
UTC = "<t:TimeZone><t:Bias>0</t:Bias></t:TimeZone>"
BERLIN = (
    "<t:TimeZone><t:Bias>-60</t:Bias><t:StandardTime><t:Bias>0</t:Bias><t:Time>03:00:00</t:Time>"
    "<t:DayOrder>5</t:DayOrder><t:Month>10</t:Month><t:DayOfWeek>Sunday</t:DayOfWeek></t:StandardTime><t:DaylightTime>"
    "<t:Bias>-60</t:Bias><t:Time>02:00:00</t:Time><t:DayOrder>5</t:DayOrder><t:Month>3</t:Month>"
    "<t:DayOfWeek>Sunday</t:DayOfWeek></t:DaylightTime></t:TimeZone>"
)
NEW_YORK = (
    "<t:TimeZone><t:Bias>300</t:Bias><t:StandardTime><t:Bias>0</t:Bias><t:Time>02:00:00</t:Time>"
    "<t:DayOrder>1</t:DayOrder><t:Month>11</t:Month><t:DayOfWeek>Sunday</t:DayOfWeek></t:StandardTime><t:DaylightTime>"
    "<t:Bias>-60</t:Bias><t:Time>02:00:00</t:Time><t:DayOrder>2</t:DayOrder><t:Month>3</t:Month>"
    "<t:DayOfWeek>Sunday</t:DayOfWeek></t:DaylightTime></t:TimeZone>"
)


class SoapAnswer(Answer):
    @property
    def code(self) -> str | None:
        """The first ResponseCode: of a fault, or of the only mailbox."""
        return self.xml.findtext(".//{*}ResponseCode")

    def text(self, name: str) -> str | None:
        return self.xml.findtext(f".//{{*}}{name}")

    def texts(self, name: str) -> list[str]:
        return [one.text or "" for one in self.xml.iterfind(f".//{{*}}{name}")]

    def rows(self, *names: str) -> list[tuple[str | None, ...]]:
        """Of each calendar event these elements; None: it has none."""
        events = self.xml.iterfind(".//{*}CalendarEvent")
        return [tuple(event.findtext(f".//{{*}}{name}") for name in names) for event in events]


def post(hub: MailHub, body: bytes, who: str = "alice", path: str = PATH, method: str = "POST") -> SoapAnswer:
    """`who`: empty: nobody logs in."""
    login = f"{who}@example.org:secret" if who else ""
    answer = ask(hub, method, path, body, who=login, Content_Type="text/xml; charset=utf-8")
    return SoapAnswer(answer.status, answer.headers, answer.body)


def envelope(content: str, version: str = "Exchange2016") -> bytes:
    told = f'<s:Header><t:RequestServerVersion Version="{version}"/></s:Header>' if version else ""
    return (
        f'<?xml version="1.0" encoding="utf-8"?><s:Envelope xmlns:s="{SOAP}" xmlns:t="{TYPES}" xmlns:m="{MESSAGES}">'
        f"{told}<s:Body>{content}</s:Body></s:Envelope>"
    ).encode()


def availability(
    *whom: str,
    begin: str = "2026-06-01T00:00:00",
    end: str = "2026-06-08T00:00:00",
    view: str = "DetailedMerged",
    interval: int | str = 60,
    zone: str = UTC,
    version: str = "Exchange2016",
    more: str = "",
) -> bytes:
    mailboxes = "".join(
        f"<t:MailboxData><t:Email><t:Address>{one}</t:Address></t:Email><t:AttendeeType>Required</t:AttendeeType>"
        "</t:MailboxData>"
        for one in whom
    )
    return envelope(
        f"<m:GetUserAvailabilityRequest>{zone}<m:MailboxDataArray>{mailboxes}</m:MailboxDataArray>"
        f"<t:FreeBusyViewOptions><t:TimeWindow><t:StartTime>{begin}</t:StartTime><t:EndTime>{end}</t:EndTime>"
        f"</t:TimeWindow><t:MergedFreeBusyIntervalInMinutes>{interval}</t:MergedFreeBusyIntervalInMinutes>"
        f"<t:RequestedView>{view}</t:RequestedView></t:FreeBusyViewOptions>{more}</m:GetUserAvailabilityRequest>",
        version,
    )


def calendar(*lines: str) -> bytes:
    """An event, or several of one series (with a line between them that says so), as a message."""
    body = "\r\n".join(
        ("BEGIN:VCALENDAR", "VERSION:2.0", "BEGIN:VEVENT", "UID:x", *lines, "END:VEVENT", "END:VCALENDAR")
    )
    return f"MIME-Version: 1.0\r\nContent-Type: text/calendar; charset=utf-8\r\n\r\n{body}\r\n".encode()


ANOTHER = "END:VEVENT\r\nBEGIN:VEVENT\r\nUID:x"
"""Between two events of a calendar."""


def put_ical(hub: MailHub, account: int, data: bytes) -> None:
    """Into the calendar, as what other programs have written."""
    content, now = content_of(hub.running.store.blobs, data), 1_700_000_000
    folder = own_folder(Special.CALENDAR)
    hub.write(lambda tx: append(tx, account, folder, NewMessage(add_content(tx, content), content.size, now), now))


def put_item(session: TableSession, data: bytes) -> Any:
    """Into the calendar, as Outlook writes it: by properties alone; its id."""
    slot = session.new_message(special=Special.CALENDAR)
    properties = from_mime(data).properties
    names: list[Key] = [key for key in properties if not isinstance(key, int)]
    numbers = dict(zip(names, session.ids(*names), strict=True))  # type: ignore[arg-type]
    values = {
        PropertyTag(key if isinstance(key, int) else numbers[key], typed.type): typed.value
        for key, typed in properties.items()
    }
    session.set(slot, values)
    return session.saved(slot)


def oof_settings(whom: str, inner: str | None = None) -> bytes:
    """`inner`: of UserOofSettings, to set them; None: to get them."""
    mailbox = f"<t:Mailbox><t:Address>{whom}</t:Address></t:Mailbox>"
    if inner is None:
        return envelope(f"<m:GetUserOofSettingsRequest>{mailbox}</m:GetUserOofSettingsRequest>")
    told = f"{mailbox}<t:UserOofSettings>{inner}</t:UserOofSettings>"
    return envelope(f"<m:SetUserOofSettingsRequest>{told}</m:SetUserOofSettingsRequest>")
