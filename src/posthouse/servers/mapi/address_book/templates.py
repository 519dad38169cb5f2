"""GetTemplateInfo: how clients show an object – [MS-OXNSPI] 3.1.4.1.18."""

from __future__ import annotations

from posthouse.protocols.mapi.address_book.objects import GetTemplateInfoRequest, GetTemplateInfoResponse
from posthouse.protocols.mapi.code_pages import codec_of
from posthouse.servers.mapi.errors import ErrorCode

from .book import Book, BookError


def get_template_info(_: Book, request: GetTemplateInfoRequest) -> GetTemplateInfoResponse:
    if codec_of(request.code_page) is None:
        raise BookError(ErrorCode.ecInvalidCodePage)
    raise BookError(ErrorCode.ecInvalidLocale)
