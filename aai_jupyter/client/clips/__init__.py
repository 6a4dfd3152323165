"""Short clips (Sync STT): the request, the sound, the answer."""
