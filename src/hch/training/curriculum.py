"""Which size the instances have: up when the model keeps up with the amplified human, down when it falls behind."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field


@dataclass(frozen=True)
class Curriculum:
    """``sizes`` from smallest to largest, and the agreement over ``window`` batches at which to move.

    Agreement is the share of a batch's questions to which the model already gives the amplified human's answer; a
    question on which H passes counts as disagreement.
    """

    sizes: tuple[int, ...]
    """The sizes of instances, rising; a run begins with the first."""
    raise_at: float = 0.85
    """Mean agreement with the amplified human at which the next size comes, from 0 to 1."""
    lower_at: float = 0.5
    """Mean agreement below which the size before comes back, from 0 to 1."""
    window: int = 50
    """Batches over which agreement is averaged."""
    review: float = 0.25
    """The share of steps that go back to a smaller size, so that what was learned stays."""

    def __post_init__(self) -> None:
        if not self.sizes or list(self.sizes) != sorted(set(self.sizes)):
            raise ValueError(f"sizes must rise from smallest to largest, got {self.sizes}")
        if not 0 <= self.lower_at < self.raise_at <= 1:
            raise ValueError(f"lower_at must be below raise_at, both in 0 to 1: {self.lower_at}, {self.raise_at}")


@dataclass
class Progress:
    """How far a run has come: which of the sizes it is at, and the agreements seen there since it came."""

    curriculum: Curriculum
    place: int = 0
    agreements: list[float] = field(default_factory=list)

    @property
    def size(self) -> int:
        return self.curriculum.sizes[self.place]

    def size_for(self, chance: float) -> int:
        """The size for one step, given a number drawn from [0, 1): the present one, or now and then a smaller one."""
        review = self.curriculum.review
        if self.place == 0 or chance >= review:
            return self.size
        return self.curriculum.sizes[int(chance / review * self.place)]

    def observe(self, size: int, agreed: Iterable[bool], asked: int) -> None:
        """Takes in a batch at ``size``: which of its answered questions were agreed on, and how many were asked."""
        if size != self.size or not asked:
            return
        settings = self.curriculum
        self.agreements = [*self.agreements, sum(agreed) / asked][-settings.window :]
        if len(self.agreements) < settings.window:
            return
        mean = sum(self.agreements) / settings.window
        move = (mean > settings.raise_at) - (mean < settings.lower_at)
        place = min(max(self.place + move, 0), len(settings.sizes) - 1)
        if place != self.place:
            self.place, self.agreements = place, []
