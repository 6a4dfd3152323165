"""Settings: each one declared once, looked up in layers, and where requests go with which key."""
