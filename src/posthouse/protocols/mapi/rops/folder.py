"""Operations on folders – [MS-OXCROPS] 2.2.4, [MS-OXCFOLD] 2.2.1. `moving.py` has those that need a second folder."""

from __future__ import annotations

from typing import Annotated

from posthouse.protocols.mapi.enumerations import Choice, Flags
from posthouse.protocols.mapi.fields import FID, MID, U8, U32, Bool8, Counted16, Maybe, Restriction16, TextBy
from posthouse.protocols.mapi.structures import Structure, structure

from .base import On, RopRequest, RopResponse, rop
from .store import Servers


class FolderOpenFlags(Flags):
    """[MS-OXCFOLD] 2.2.1.1.1. All other bits are ignored (R821)."""

    OPEN_SOFT_DELETED = 0x04


@rop(0x02)
class RopOpenFolderRequest(RopRequest):
    """2.2.4.1."""

    output_handle_index: U8
    folder_id: FID
    open_mode_flags: Annotated[FolderOpenFlags, U8] = FolderOpenFlags(0)


@rop(0x02)
class RopOpenFolderResponse(RopResponse):
    has_rules: Bool8
    ghosted: Maybe[Servers] = None
    """IsGhosted, and who has it."""


class FolderType(Choice):
    """[MS-OXCFOLD] 2.2.1.2.1."""

    GENERIC = 1
    SEARCH = 2


@rop(0x1C)
class RopCreateFolderRequest(RopRequest):
    """2.2.4.2."""

    output_handle_index: U8
    folder_type: Annotated[FolderType, U8]
    use_unicode_strings: Bool8
    open_existing: Bool8
    reserved: U8
    display_name: Annotated[str | bytes, TextBy("use_unicode_strings")]
    comment: Annotated[str | bytes, TextBy("use_unicode_strings")]


@structure
class ExistingFolder(Structure):
    """What a RopOpenFolder would have told."""

    has_rules: Bool8
    ghosted: Maybe[Servers] = None


@rop(0x1C)
class RopCreateFolderResponse(RopResponse):
    folder_id: FID
    existing: Maybe[ExistingFolder] = None
    """IsExistingFolder, and what it is."""


class DeleteFolderFlags(Flags):
    """[MS-OXCFOLD] 2.2.1.3.1."""

    DEL_MESSAGES = 0x01
    DEL_FOLDERS = 0x04
    DELETE_HARD_DELETE = 0x10


@rop(0x1D)
class RopDeleteFolderRequest(RopRequest):
    """2.2.4.3."""

    delete_folder_flags: Annotated[DeleteFolderFlags, U8]
    folder_id: FID


@rop(0x1D, on=On.ALWAYS)
class RopDeleteFolderResponse(RopResponse):
    partial_completion: Bool8


class SearchRequestFlags(Flags):
    """[MS-OXCFOLD] 2.2.1.4.1."""

    STOP_SEARCH = 0x0001
    RESTART_SEARCH = 0x0002
    RECURSIVE_SEARCH = 0x0004
    SHALLOW_SEARCH = 0x0008
    CONTENT_INDEXED_SEARCH = 0x0001_0000
    NON_CONTENT_INDEXED_SEARCH = 0x0002_0000
    STATIC_SEARCH = 0x0004_0000


@rop(0x30)
class RopSetSearchCriteriaRequest(RopRequest):
    """2.2.4.4."""

    restriction: Restriction16
    """None: that of the last time."""
    folder_ids: Counted16[FID]
    search_flags: Annotated[SearchRequestFlags, U32]


@rop(0x30)
class RopSetSearchCriteriaResponse(RopResponse):
    """Nothing but the prefix."""


class SearchResponseFlags(Flags):
    """[MS-OXCFOLD] 2.2.1.5.2."""

    SEARCH_RUNNING = 0x0001
    SEARCH_REBUILD = 0x0002
    SEARCH_RECURSIVE = 0x0004
    SEARCH_COMPLETE = 0x1000
    SEARCH_PARTIAL = 0x2000
    SEARCH_STATIC = 0x0001_0000
    SEARCH_MAYBE_STATIC = 0x0002_0000
    CI_TOTALLY = 0x0100_0000
    TWIR_TOTALLY = 0x0800_0000


@rop(0x31)
class RopGetSearchCriteriaRequest(RopRequest):
    """2.2.4.5."""

    use_unicode: Bool8
    include_restriction: Bool8
    include_folders: Bool8


@rop(0x31)
class RopGetSearchCriteriaResponse(RopResponse):
    restriction: Restriction16
    logon_id: U8
    folder_ids: Counted16[FID]
    search_flags: Annotated[SearchResponseFlags, U32]


@rop(0x58)
class RopEmptyFolderRequest(RopRequest):
    """2.2.4.9."""

    want_asynchronous: Bool8
    want_delete_associated: Bool8


@rop(0x58, on=On.ALWAYS)
class RopEmptyFolderResponse(RopResponse):
    partial_completion: Bool8


@rop(0x92)
class RopHardDeleteMessagesAndSubfoldersRequest(RopRequest):
    """2.2.4.10."""

    want_asynchronous: Bool8
    want_delete_associated: Bool8


@rop(0x92, on=On.ALWAYS)
class RopHardDeleteMessagesAndSubfoldersResponse(RopResponse):
    partial_completion: Bool8


@rop(0x1E)
class RopDeleteMessagesRequest(RopRequest):
    """2.2.4.11."""

    want_asynchronous: Bool8
    notify_non_read: Bool8
    message_ids: Counted16[MID]


@rop(0x1E, on=On.ALWAYS)
class RopDeleteMessagesResponse(RopResponse):
    partial_completion: Bool8


@rop(0x91)
class RopHardDeleteMessagesRequest(RopRequest):
    """2.2.4.12."""

    want_asynchronous: Bool8
    notify_non_read: Bool8
    message_ids: Counted16[MID]


@rop(0x91, on=On.ALWAYS)
class RopHardDeleteMessagesResponse(RopResponse):
    partial_completion: Bool8


class HierarchyTableFlags(Flags):
    """[MS-OXCFOLD] 2.2.1.13.1."""

    DEPTH = 0x04
    DEFERRED_ERRORS = 0x08
    NO_NOTIFICATIONS = 0x10
    SOFT_DELETES = 0x20
    USE_UNICODE = 0x40
    SUPPRESSES_NOTIFICATIONS = 0x80


@rop(0x04)
class RopGetHierarchyTableRequest(RopRequest):
    """2.2.4.13."""

    output_handle_index: U8
    table_flags: Annotated[HierarchyTableFlags, U8] = HierarchyTableFlags(0)


@rop(0x04)
class RopGetHierarchyTableResponse(RopResponse):
    row_count: U32


class ContentsTableFlags(Flags):
    """[MS-OXCFOLD] 2.2.1.14.1."""

    ASSOCIATED = 0x02
    DEFERRED_ERRORS = 0x08
    NO_NOTIFICATIONS = 0x10
    SOFT_DELETES = 0x20
    USE_UNICODE = 0x40
    CONVERSATION_MEMBERS = 0x80


@rop(0x05)
class RopGetContentsTableRequest(RopRequest):
    """2.2.4.14."""

    output_handle_index: U8
    table_flags: Annotated[ContentsTableFlags, U8] = ContentsTableFlags(0)


@rop(0x05)
class RopGetContentsTableResponse(RopResponse):
    row_count: U32
