"""LLM Gateway and Speech Understanding: `client.gateway`."""
