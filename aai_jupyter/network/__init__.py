"""How this machine reaches others: proxies and certificates of the environment. Shared with the engine."""
