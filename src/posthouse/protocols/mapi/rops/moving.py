"""Operations that move and copy messages and folders – [MS-OXCROPS] 2.2.4.6 to 2.2.4.8.

The handle index behind LogonId is that of the source.
"""

from __future__ import annotations

from typing import Annotated

from posthouse.protocols.mapi.fields import FID, MID, U8, U32, Bool8, Counted16, TextBy

from .base import NULL_DESTINATION, On, RopRequest, RopResponse, rop


@rop(0x33)
class RopMoveCopyMessagesRequest(RopRequest):
    """2.2.4.6."""

    dest_handle_index: U8
    message_ids: Counted16[MID]
    want_asynchronous: Bool8
    want_copy: Bool8


@rop(0x33, on=On.ALWAYS)
class RopMoveCopyMessagesResponse(RopResponse):
    partial_completion: Bool8 = False


@rop(0x33, on=NULL_DESTINATION)
class RopMoveCopyMessagesNullDestinationResponse(RopResponse):
    dest_handle_index: U32 = 0
    partial_completion: Bool8 = False


@rop(0x35)
class RopMoveFolderRequest(RopRequest):
    """2.2.4.7."""

    dest_handle_index: U8
    want_asynchronous: Bool8
    use_unicode: Bool8
    folder_id: FID
    new_folder_name: Annotated[str | bytes, TextBy("use_unicode")]


@rop(0x35, on=On.ALWAYS)
class RopMoveFolderResponse(RopResponse):
    partial_completion: Bool8 = False


@rop(0x35, on=NULL_DESTINATION)
class RopMoveFolderNullDestinationResponse(RopResponse):
    dest_handle_index: U32 = 0
    partial_completion: Bool8 = False


@rop(0x36)
class RopCopyFolderRequest(RopRequest):
    """2.2.4.8."""

    dest_handle_index: U8
    want_asynchronous: Bool8
    want_recursive: Bool8
    use_unicode: Bool8
    folder_id: FID
    new_folder_name: Annotated[str | bytes, TextBy("use_unicode")]


@rop(0x36, on=On.ALWAYS)
class RopCopyFolderResponse(RopResponse):
    partial_completion: Bool8 = False


@rop(0x36, on=NULL_DESTINATION)
class RopCopyFolderNullDestinationResponse(RopResponse):
    dest_handle_index: U32 = 0
    partial_completion: Bool8 = False
