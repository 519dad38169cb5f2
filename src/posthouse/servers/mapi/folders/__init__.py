"""Folders: what is known of one, the properties that follow, and the object that a client opens."""
