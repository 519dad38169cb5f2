"""The elements of a stream as generators of pieces – [MS-OXCFXICS] 2.2.4.2, 2.2.4.3.

Each is named as in the document and takes its values from a declared input. What is long (changes, messages,
subfolders) is an iterable that is asked for its next only when a client has room for it.
"""
