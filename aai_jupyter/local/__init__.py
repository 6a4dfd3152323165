"""The local engine: the service's HTTP API on this machine, with models of its own; a process of its own."""
