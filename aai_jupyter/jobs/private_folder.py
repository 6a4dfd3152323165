"""Folders that only their owner can read: where the store's own modules look for it."""

from __future__ import annotations

from aai_jupyter.files.private_folder import private_folder as private_folder
