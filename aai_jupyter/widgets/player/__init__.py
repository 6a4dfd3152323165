"""The player: audio, waveform and transcript of a recording, and playlists of frames."""
