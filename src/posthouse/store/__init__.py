"""The mail store: accounts, folders, messages, flags, changes, search, content and blobs.

Every operation is a synchronous function on a transaction, in the file named after what it works on:

    accounts    create_account, remove_account, usage, set_quota, lock_maildrop …
    folders     find_folder, list_folders, create_folder, delete_folder, subscribe …
    folder_tree rename_folder, place_folder, set_hidden …
    messages    append, copy, move, expunge, remove, rename_inbox
    deletion    delete_softly, delete_for_good, delete_folder_softly
    flags       change_flags
    reading     rows, uids, changes
    content     add_content, open_content, hold, unhold
    search      search

`Store` holds the doors to run them through, and `Intake` takes a message in. SQL never leaves this room.
"""

from posthouse.store.store import ROOM, Store

__all__ = ["ROOM", "Store"]
