"""Flaws of a judge, one a file: a human around a human, with a strength."""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
