"""Bulk data and incremental change synchronization – [MS-OXCFXICS]: sets of identifiers, versions, streams.

`globsets`, `idsets`, `predecessors`: what tells two replicas apart. `markers`, `structures`, `writer`, `elements`,
`chunker`: a stream, piece by piece, from values to buffers. `lexer`, `parser`: from buffers to values.
"""
