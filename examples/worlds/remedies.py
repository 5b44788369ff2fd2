"""Debates about four remedies: the world that ``hch train remedies`` is trained in."""

from hch.experiments.remedies import WORLD

__all__ = ["WORLD"]
