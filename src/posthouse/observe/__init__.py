"""What the hub tells its operator: logs, metrics, protocol transcripts. Secrets never pass."""
