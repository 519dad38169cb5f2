"""Folders – [MS-OXCFXICS] 2.2.4.2.

    topFolder     = [MetaTagDnPrefix] StartTopFld folderContentNoDelProps EndFolder
    folderContent = [MetaTagDnPrefix] propList ( MetaTagNewFXFolder / folderMessages ) [ MetaTagFXDelProp *subFolder ]
    folderMessages = *2( MetaTagFXDelProp messageList )
    subFolder     = StartSubFld folderContent EndFolder

Both forms, with and without MetaTagFXDelProp, are taken for both.
"""

from __future__ import annotations

from posthouse.model.refusals import BadSyntax

from ..lexer import Property
from ..markers import Marker, MetaTagEcWarning, MetaTagFXDelProp, MetaTagNewFXFolder
from .events import ContentElsewhere, FolderBegins, FolderEnds, Warned
from .messages import deleted, message_list
from .source import Production, Source, is_kept

_DEPTH_MAX = 64
"""Folders within folders."""


def top_folder(source: Source) -> Production[None]:
    if source.token is not Marker.START_TOP_FLD:
        raise BadSyntax(Marker.START_TOP_FLD.name)
    yield from _folder(source, 0)


def folder_content(source: Source, depth: int = 0) -> Production[None]:
    """Of the folder itself; each below it begins and ends."""
    yield from _folder_properties(source)
    while True:
        if source.is_meta(MetaTagFXDelProp):
            yield deleted((yield from source.number(MetaTagFXDelProp)))
        elif isinstance(source.token, Property) and source.token.tag == MetaTagNewFXFolder:
            yield ContentElsewhere(source.token.value)
            yield None
        elif source.token is Marker.START_SUB_FLD:
            yield from _folder(source, depth + 1)
        elif source.token in _IN_LIST or source.is_meta(MetaTagEcWarning):
            yield from message_list(source)
        else:
            return


_IN_LIST = (Marker.START_MESSAGE, Marker.START_FAI_MSG, Marker.FX_ERROR_INFO)


def _folder(source: Source, depth: int) -> Production[None]:
    if depth > _DEPTH_MAX:
        raise BadSyntax("folders less deep within folders")
    yield FolderBegins(top=source.token is Marker.START_TOP_FLD)
    yield None
    yield from folder_content(source, depth)
    source.require(Marker.END_FOLDER)
    yield FolderEnds()
    yield None
    source.budget.renew()


def _folder_properties(source: Source) -> Production[None]:
    """Among them PidTagFolderId, and a warning about the folder."""
    while True:
        if source.is_meta(MetaTagEcWarning):
            yield Warned((yield from source.number(MetaTagEcWarning)))
        elif (token := source.property()) is not None:
            if is_kept(token):
                yield token
            yield None
        else:
            return
