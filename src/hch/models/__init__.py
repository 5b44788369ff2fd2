"""What is consulted and trained: a small transformer, language models, a server, a table."""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
