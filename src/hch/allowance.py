"""How much of H's work, and of its consultations, a run may use: what is scarce where people answer.

Signals differ in what one of their steps takes of H. Runs with the same allowance are compared at the same price, where
runs of as many steps are not.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Allowance:
    """The human actions and consultations of training after which a run ends; None for as many as its steps take.

    Counted as a run counts them: H′ does not count as H. A step that has begun is finished, so a run may use what one
    step takes more than it is allowed. Raises ValueError below 1.
    """

    human_actions: int | None = None
    consultations: int | None = None

    def __post_init__(self) -> None:
        for name, allowed in (("human_actions", self.human_actions), ("consultations", self.consultations)):
            if allowed is not None and allowed < 1:
                raise ValueError(f"allowance.{name} must be at least 1, got {allowed}")

    def used_up(self, human_actions: int, consultations: int) -> str:
        """What has been used up, in words; empty where nothing has."""
        if self.human_actions is not None and human_actions >= self.human_actions:
            return f"H has taken {human_actions:,} of the {self.human_actions:,} actions allowed"
        if self.consultations is not None and consultations >= self.consultations:
            return f"there have been {consultations:,} of the {self.consultations:,} consultations allowed"
        return ""
