"""The address book – [MS-OXNSPI] 3.1: the directory, as tables of people.

    endpoint.py   which request type is done by whom
    book.py       what every one of them works on
    identities.py objects, and the ids that they have
    containers.py the lists
    positions.py  where in a list
    properties.py what is known of an object, by tags; attributes.py: of what is kept as text
    rows.py       values in the types and code pages that clients ask for

and a file for each kind of request.
"""

from .endpoint import AddressBook, AddressBookSession

__all__ = ["AddressBook", "AddressBookSession"]
