"""Whoever decides what to ask and what to reply."""
