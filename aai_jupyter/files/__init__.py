"""Files and folders that only their owner may read and change; shared with the engine."""
