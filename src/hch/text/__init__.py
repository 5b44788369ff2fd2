"""Values as text, and text as values: rendering, judgements, quotes, files of questions, transcripts."""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
