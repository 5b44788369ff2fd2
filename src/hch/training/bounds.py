"""How far a model in training may go from what it began as: settings that every learner has, and reads alike."""

from __future__ import annotations


class Bounds:
    """For a learner's settings: their fields ``kl``, ``kl_ceiling`` and ``clip`` are checked, and ``bounded`` is known.

    Raises ValueError where they make no sense.
    """

    kl: float
    kl_ceiling: float | None
    clip: float | None

    def __post_init__(self) -> None:
        if self.kl < 0 or (self.kl_ceiling or 0) < 0 or not 0 <= (self.clip or 0) < 1:
            raise ValueError(f"kl and kl_ceiling are at least 0, and clip is below 1, got {self}")

    @property
    def bounded(self) -> bool:
        """Whether divergence is measured, which takes the model that the run began with."""
        return self.kl > 0 or self.kl_ceiling is not None
