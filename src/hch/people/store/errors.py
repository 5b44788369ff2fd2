"""What is wrong with a store, in words for people."""


class StoreError(Exception):
    """A store that cannot be used as it was meant to: says what was wrong, and what to do."""
