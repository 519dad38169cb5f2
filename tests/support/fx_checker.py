"""A strict checker of FastTransfer streams, written from the grammar in [MS-OXCFXICS] 2.2.4.2 and 2.2.4.3.

    root = contentsSync / hierarchySync / state / folderContent / messageContent / attachmentContent / messageList
           / topFolder

`check_…(stream, expected)` reads a whole stream of that root, raises Deviation at the first thing that should not be
there, or is not where it should be, and returns what it has read as plain dicts and lists. It shares nothing with what
it checks. Below it: `fx_tokens`, `fx_stream`, `fx_idsets`, `fx_messages`, `fx_folders`, `fx_syncs`.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from fx_folders import folder_content, top_folder
from fx_messages import ATTACHMENTS, RECIPIENTS, attachment_content, message_content, message_list
from fx_stream import Expected, Stream
from fx_syncs import CN, EID, MESSAGE_SIZE, any_state, contents_sync, hierarchy_sync
from fx_tokens import Deviation, tokens

__all__ = ["ATTACHMENTS", "CN", "EID", "MESSAGE_SIZE", "RECIPIENTS", "Deviation", "Expected"]


def _whole(root: Callable[[Stream], Any]) -> Callable[..., Any]:
    def check(data: bytes, expected: Expected | None = None) -> Any:
        expected = expected or Expected()
        stream = Stream(tokens(data, expected.code_page), expected)
        found = root(stream)
        if stream.token is not None:
            raise stream.fail("the end")
        return found

    return check


check_contents_sync = _whole(contents_sync)
check_hierarchy_sync = _whole(hierarchy_sync)
check_state = _whole(any_state)
check_message_content = _whole(lambda s: message_content(s, announced=True))
check_attachment_content = _whole(attachment_content)
check_message_list = _whole(message_list)
check_folder_content = _whole(folder_content)
check_top_folder = _whole(top_folder)
