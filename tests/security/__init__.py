"""Attacks: those that once succeeded, and input from strangers that must stay harmless."""
