"""The body in every form – [MS-OXCMSG] 3.2.4.1, [MS-OXBBODY] 2.1. One is kept; others are made when asked for."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from typing import Any

from posthouse.protocols.mapi import tags
from posthouse.protocols.mapi.mime.bodies import RTF, html_bytes, native_body, plain_body, rtf_body
from posthouse.protocols.mapi.mime.shape import SIGNED_CLASS
from posthouse.protocols.mapi.objects import Key, Properties, set_value, value_of
from posthouse.protocols.mapi.property_values import PropertyTag

CLEAR_SIGNED = 4
"""PidTagNativeBody ([MS-OXCMSG] 2.2.1.58.2)."""
FORMS: Mapping[PropertyTag, Callable[[Properties], Any]] = {
    tags.PidTagBody: plain_body,
    tags.PidTagHtml: html_bytes,
    tags.PidTagRtfCompressed: rtf_body,
}


def with_body(properties: Properties, wanted: Collection[Key] | None) -> Properties:
    """Forms that are asked for by name and are not there are made; which one is the original is told."""
    native = native_body(properties)
    set_value(properties, tags.PidTagNativeBody, CLEAR_SIGNED if _is_clear_signed(properties) else native)
    if native:
        set_value(properties, tags.PidTagRtfInSync, native == RTF)
    for tag, make in FORMS.items():
        if native and wanted is not None and tag.id in wanted and tag.id not in properties:
            value = make(properties)
            if value is not None:
                set_value(properties, tag, value)
    return properties


def _is_clear_signed(properties: Properties) -> bool:
    """The best form of the body is the signed one, in the attachment; the forms beside it were read out of that."""
    return str(value_of(properties, tags.PidTagMessageClass, "")).upper() == SIGNED_CLASS.upper()


def without_other_bodies(properties: Properties, new: Properties) -> None:
    """Who writes a body writes the body: other forms of an older one go."""
    written = [tag for tag in FORMS if tag.id in new]
    if written:
        for tag in (*FORMS, tags.PidTagNativeBody):
            properties.pop(tag.id, None)
