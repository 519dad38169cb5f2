"""Rules that are messages – [MS-OXORULE] 2.2.4: the values of PidTagExtendedRuleMessageCondition and
PidTagExtendedRuleMessageActions. They tell the names of the named properties that they speak of."""

from __future__ import annotations

from functools import partial
from typing import Annotated, Self

from .compositions import CountedBy, Size, When
from .fields import U16, U32, Name
from .property_values import EXTENDED
from .reader import Reader
from .restrictions import Restriction, format_restriction, read_restriction
from .rule_actions import ActionBlock, format_rule_actions, read_rule_actions
from .structures import Codec, Structure, count_of, structure

_WIDE_RESTRICTION = Codec(
    1, lambda reader, _: read_restriction(reader, EXTENDED), partial(format_restriction, form=EXTENDED)
)
_WIDE_ACTIONS = Codec(
    4, lambda reader, _: read_rule_actions(reader, EXTENDED), partial(format_rule_actions, form=EXTENDED)
)

SIZE_LIMIT = 510 * 1024
"""PidTagExtendedRuleSizeLimit: bytes that a condition may have, as many as at Exchange. Outlook keeps all senders whom
somebody trusts or does not want in one condition."""
VERSION = 1
"""The only RuleVersion that there is (R208)."""


def _has_names(information: NamedPropertyInformation) -> bool:
    return bool(information.prop_ids)


_Names = Annotated[tuple[Name, ...], CountedBy("no_of_named_props"), Size("I")]


@structure
class NamedPropertyInformation(Structure):
    """2.2.4.2."""

    no_of_named_props: U16 = count_of("prop_ids")
    prop_ids: Annotated[tuple[U16, ...], CountedBy("no_of_named_props")] = ()
    named_properties: Annotated[_Names | None, When(_has_names)] = None
    """As many. None: there are no ids either."""


class _ExtendedValue(Structure):
    """Of a binary property."""

    __slots__ = ()

    @classmethod
    def parse(cls, data: bytes) -> Self:
        reader = Reader(data)
        value = cls.read(reader)
        reader.done()
        return value


@structure
class ExtendedRuleCondition(_ExtendedValue):
    """2.2.4.1.10."""

    named_property_information: NamedPropertyInformation
    rule_restriction: Annotated[Restriction, _WIDE_RESTRICTION]


@structure
class ExtendedRuleActions(_ExtendedValue):
    """2.2.4.1.9."""

    named_property_information: NamedPropertyInformation
    rule_version: U32
    rule_actions: Annotated[tuple[ActionBlock, ...], _WIDE_ACTIONS]
