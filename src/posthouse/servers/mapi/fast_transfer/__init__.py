"""Objects as streams – [MS-OXCFXICS] 3.2.5.8: what clients copy out of a mailbox (`source`) and into one
(`destination`)."""
