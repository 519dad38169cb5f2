"""Tagged properties by their names – [MS-OXPROPS].

Those from 0x8000 on belong to the address book, where they are fixed; in mailboxes such ids stand for names
(`named_tags.py`).
"""

from __future__ import annotations

from .address_book_tags import *  # noqa: F403
from .common_tags import *  # noqa: F403
from .message_tags import *  # noqa: F403
from .property_values import PropertyTag

NAMES: dict[PropertyTag, str] = {}
"""Of each tag: what the documents call it."""
for _name, _value in tuple(globals().items()):
    if isinstance(_value, PropertyTag):
        NAMES.setdefault(_value, _name)
