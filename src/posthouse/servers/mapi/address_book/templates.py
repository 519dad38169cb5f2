"""GetTemplateInfo: how clients show an object, or make an address – [MS-OXNSPI] 3.1.4.1.18, [MS-OXOABKT].

A template is told by what it shows and in which language, or by its name: `…/cn=Display-Templates/cn=409/cn=0`; or
`…/cn=Address-Templates/cn=409/cn=SMTP`, which is an entry of the address creation table (`creation.py`).
"""

from __future__ import annotations

import re

from posthouse.protocols.mapi import tags
from posthouse.protocols.mapi.address_book.entry_ids import DisplayType
from posthouse.protocols.mapi.address_book.objects import (
    GetTemplateInfoRequest,
    GetTemplateInfoResponse,
    TemplateFlags,
)
from posthouse.protocols.mapi.code_pages import codec_of
from posthouse.protocols.mapi.property_values import TaggedValue
from posthouse.servers.mapi.errors import ErrorCode

from .book import Book, BookError
from .creation import SCRIPT, locale_of
from .dialogs import Language, dialog_of, is_locale, language_of

_OF_DISPLAY = re.compile(r"/cn=display-templates/cn=([0-9a-f]{1,8})/cn=([0-9a-f]{1,8})", re.IGNORECASE)
NO_SCRIPT = b""
"""Of a dialog that makes no address."""


def get_template_info(book: Book, request: GetTemplateInfoRequest) -> GetTemplateInfoResponse:
    """Languages that there are not are English, but what is no language has no dialog (R1476)."""
    encoding = codec_of(request.code_page)
    if encoding is None:
        raise BookError(ErrorCode.ecInvalidCodePage)
    locale, display_type = _wanted(book, request)
    dialog = dialog_of(display_type, language_of(locale) or Language.ENGLISH, encoding)
    if dialog is None:
        raise BookError(ErrorCode.ecInvalidLocale)
    row = []
    if request.flags & TemplateFlags.TEMPLATE:
        row.append(TaggedValue(tags.PidTagTemplateData, dialog))
    if request.flags & TemplateFlags.SCRIPT:
        script = SCRIPT if display_type == DisplayType.ADDRESS_TEMPLATE else NO_SCRIPT
        row.append(TaggedValue(tags.PidTagScriptData, script))
    return GetTemplateInfoResponse(code_page=request.code_page, row=tuple(row))


def _wanted(book: Book, request: GetTemplateInfoRequest) -> tuple[int, int]:
    """LCID and display type."""
    if request.dn is None:
        if not is_locale(request.locale):
            raise BookError(ErrorCode.ecInvalidLocale)
        return request.locale, request.display_type
    begin = book.organisation.dn
    name = request.dn[len(begin) :] if request.dn.lower().startswith(begin.lower()) else ""
    if found := _OF_DISPLAY.fullmatch(name):
        return int(found[1], 16), int(found[2], 16)
    if (locale := locale_of(book.organisation, request.dn)) is not None:
        return locale, DisplayType.ADDRESS_TEMPLATE
    raise BookError(ErrorCode.ecInvalidLocale)
