"""MAPI over HTTP: two endpoints, the sessions behind them, and the remote operations of the mailbox."""
