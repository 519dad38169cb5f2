"""MAPI over HTTP on the wire: frames, bodies, remote operations and the values in them. Pure."""
