"""Synchronization – [MS-OXCFXICS] 3.2.5: what a client does not have yet, and what it has done by itself.

`state`: what a client says that it has; `order`: what it asks for. `looking`, `scope`: which messages that concerns.
`contents`, `hierarchy`: what it lacks of a folder's messages, of the folders below one; `changes`, `partial`, `broken`:
how one of them goes out. `download`: a stream that is made as it is read. `collector`, `imports`, `moving`,
`folder_imports`, `sent`: what the client has done; `absent`: what does not come back; `resolving`, `conflict_notes`:
what comes of conflicts.
"""
