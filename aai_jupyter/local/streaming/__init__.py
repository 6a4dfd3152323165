"""The real-time socket on this machine: the service's rules around real recognition."""
