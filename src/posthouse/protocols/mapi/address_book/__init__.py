"""Request types of the address book endpoint – [MS-OXCMAPIHTTP] 2.2.5, [MS-OXNSPI] 2.2.

A file for each kind of work, and in it a class for each request and each response, with its fields in the order of the
document; a server parses the ones and formats the others, a client the other way round.
"""
