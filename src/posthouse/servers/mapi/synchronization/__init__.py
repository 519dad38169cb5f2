"""Synchronization – [MS-OXCFXICS] 3.2.5: what a client does not have yet, and what it has done by itself.

`state`: what a client says that it has; `order`: what it asks for. `looking`, `scope`: which messages that concerns.
`contents`, `hierarchy`: what it lacks of a folder's messages, of the folders below one. `download`: a stream that is
made as it is read. `collector`, `imports`, `folder_imports`: what the client has done.
"""
