"""PidLidAppointmentRecur – [MS-OXOCAL] 2.2.1.44: a pattern, and what is different about single instances.

Times are local, in minutes since 1601; days are their midnights.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntEnum, IntFlag
from struct import pack

from posthouse.model.refusals import BadSyntax

from ...reader import Reader
from .moments import FOREVER

_VERSION, _VERSION_2, _VERSION_2_EXCEPTIONS = 0x3004, 0x3006, 0x3009
_MAX_INSTANCES = 5_000


class Frequency(IntEnum):
    DAILY = 0x200A
    WEEKLY = 0x200B
    MONTHLY = 0x200C
    YEARLY = 0x200D


class Kind(IntEnum):
    """PatternType."""

    DAY = 0
    WEEK = 1
    MONTH = 2
    MONTH_NTH = 3
    MONTH_END = 4
    HIJRI_MONTH = 0xA
    HIJRI_MONTH_NTH = 0xB
    HIJRI_MONTH_END = 0xC


class End(IntEnum):
    """EndType."""

    DATE = 0x2021
    COUNT = 0x2022
    NEVER = 0x2023


@dataclass(frozen=True, slots=True)
class Pattern:
    """2.2.1.44.1: RecurrencePattern."""

    frequency: Frequency
    kind: Kind
    first: int
    """FirstDateTime."""
    period: int
    """Minutes of days, or weeks, or months."""
    specific: tuple[int, ...]
    """Of weeks their days; of months the day; of nth days which weekdays, and which of them (5: the last)."""
    end_type: End
    count: int
    start: int
    end: int = FOREVER
    first_day: int = 0
    """Of a week; 0: Sunday."""
    deleted: tuple[int, ...] = ()
    """Days without the instance that they should have; it may be moved to one of `modified`."""
    modified: tuple[int, ...] = ()
    calendar: int = 0
    sliding: int = 0

    def format(self) -> bytes:
        head = pack("<HHHHH", _VERSION, _VERSION, self.frequency, self.kind, self.calendar)
        head += pack("<III", self.first, self.period, self.sliding)
        specific = b"".join(pack("<I", number) for number in self.specific)
        end = pack("<III", self.end_type, self.count, self.first_day)
        days = b"".join(pack(f"<I{len(days)}I", len(days), *days) for days in (self.deleted, self.modified))
        return head + specific + end + days + pack("<II", self.start, self.end)


class Override(IntFlag):
    """What an instance has of its own."""

    SUBJECT = 0x1
    MEETING_TYPE = 0x2
    REMINDER_DELTA = 0x4
    REMINDER_SET = 0x8
    LOCATION = 0x10
    BUSY_STATUS = 0x20
    ATTACHMENT = 0x40
    SUB_TYPE = 0x80
    COLOR = 0x100
    BODY = 0x200


_TEXTS = (Override.SUBJECT, Override.LOCATION)
_ORDER = tuple(flag for flag in Override if flag is not Override.BODY)


@dataclass(frozen=True, slots=True)
class Instance:
    """2.2.1.44.2: ExceptionInfo and ExtendedException."""

    start: int
    end: int
    original: int
    numbers: tuple[tuple[Override, int], ...] = ()
    subject: str | None = None
    location: str | None = None
    has_body: bool = False

    @property
    def overrides(self) -> Override:
        flags = Override.BODY if self.has_body else Override(0)
        for flag, _ in self.numbers:
            flags |= flag
        flags |= Override(0) if self.subject is None else Override.SUBJECT
        return flags | (Override(0) if self.location is None else Override.LOCATION)


@dataclass(frozen=True, slots=True)
class Recurrence:
    pattern: Pattern
    start_offset: int
    """Minutes from midnight."""
    end_offset: int
    instances: tuple[Instance, ...] = ()

    def format(self) -> bytes:
        head = pack("<IIII", _VERSION_2, _VERSION_2_EXCEPTIONS, self.start_offset, self.end_offset)
        infos = pack("<H", len(self.instances)) + b"".join(map(_format_info, self.instances))
        extended = b"".join(map(_format_extended, self.instances))
        return self.pattern.format() + head + infos + bytes(4) + extended + bytes(4)


def _format_info(instance: Instance) -> bytes:
    numbers, texts = dict(instance.numbers), _texts(instance)
    out = pack("<IIIH", instance.start, instance.end, instance.original, instance.overrides)
    for flag in _ORDER:
        if flag in texts:
            data = texts[flag].encode("cp1252", "replace")
            out += pack("<HH", len(data) + 1, len(data)) + data
        elif flag in numbers:
            out += pack("<I", numbers[flag])
    return out


def _format_extended(instance: Instance) -> bytes:
    out = pack("<III", 4, 0, 0)
    texts = _texts(instance)
    if texts:
        out += pack("<III", instance.start, instance.end, instance.original)
        for text in texts.values():
            data = text.encode("utf-16-le", "replace")
            out += pack("<H", len(data) // 2) + data
        out += bytes(4)
    return out


def _texts(instance: Instance) -> dict[Override, str]:
    told = ((Override.SUBJECT, instance.subject), (Override.LOCATION, instance.location))
    return {flag: text for flag, text in told if text is not None}


# Reading
def parse_recurrence(data: bytes) -> Recurrence:
    """BadSyntax when it is not whole."""
    reader = Reader(data)
    pattern = _read_pattern(reader)
    reader.u32()
    version = reader.u32()
    start, end, count = reader.u32(), reader.u32(), reader.u16()
    instances = [_read_info(reader) for _ in range(count)]
    reader.take(reader.u32())
    instances = [_read_extended(reader, instance, version) for instance in instances]
    return Recurrence(pattern, start, end, tuple(instances))


_SPECIFIC = {Kind.DAY: 0, Kind.MONTH_NTH: 2, Kind.HIJRI_MONTH_NTH: 2}


def _read_pattern(reader: Reader) -> Pattern:
    reader.u32()
    try:
        frequency, kind = Frequency(reader.u16()), Kind(reader.u16())
    except ValueError as error:
        raise BadSyntax("a known recurrence", reader.at) from error
    calendar, first, period, sliding = reader.u16(), reader.u32(), reader.u32(), reader.u32()
    specific = tuple(reader.u32() for _ in range(_SPECIFIC.get(kind, 1)))
    end, count, first_day = reader.u32(), reader.u32(), reader.u32()
    deleted, modified = _read_days(reader), _read_days(reader)
    end_type = End(end) if end in (End.DATE, End.COUNT) else End.NEVER
    start, last = reader.u32(), reader.u32()
    return Pattern(
        frequency=frequency,
        kind=kind,
        first=first,
        period=period,
        specific=specific,
        end_type=end_type,
        count=count,
        start=start,
        end=last,
        first_day=first_day,
        deleted=deleted,
        modified=modified,
        calendar=calendar,
        sliding=sliding,
    )


def _read_days(reader: Reader) -> tuple[int, ...]:
    count = reader.u32()
    if count > min(reader.left // 4, _MAX_INSTANCES):
        raise BadSyntax("as many days as announced", reader.at)
    return tuple(reader.u32() for _ in range(count))


def _read_info(reader: Reader) -> Instance:
    start, end, original, flags = reader.u32(), reader.u32(), reader.u32(), Override(reader.u16() & 0x3FF)
    numbers: list[tuple[Override, int]] = []
    texts: dict[Override, str] = {}
    for flag in _ORDER:
        if flag in flags and flag in _TEXTS:
            reader.u16()
            texts[flag] = reader.take(reader.u16()).decode("cp1252", "replace")
        elif flag in flags:
            numbers.append((flag, reader.u32()))
    subject, location = texts.get(Override.SUBJECT), texts.get(Override.LOCATION)
    return Instance(start, end, original, tuple(numbers), subject, location, Override.BODY in flags)


def _read_extended(reader: Reader, instance: Instance, version: int) -> Instance:
    """The same texts once more, in Unicode."""
    if version >= _VERSION_2_EXCEPTIONS:
        reader.take(reader.u32())
    reader.take(reader.u32())
    if instance.subject is None and instance.location is None:
        return instance
    reader.take(12)
    subject = None if instance.subject is None else _read_unicode(reader)
    location = None if instance.location is None else _read_unicode(reader)
    reader.take(reader.u32())
    return Instance(
        instance.start, instance.end, instance.original, instance.numbers, subject, location, instance.has_body
    )


def _read_unicode(reader: Reader) -> str:
    return reader.take(2 * reader.u16()).decode("utf-16-le", "replace")
