"""What a tree of consultations may spend.

A budget is granted with a question and comes back as what was spent, so at every node: granted = spent + returned,
and while children are out, granted = spent + reserved + left. Nothing is ever in two hands at once, so the whole tree
cannot spend more than its root was given, however wide or deep it grows.
"""

from __future__ import annotations

import math

import msgspec

UNLIMITED = math.inf


class Budget(msgspec.Struct, frozen=True, gc=False, cache_hash=True, omit_defaults=True):
    """Amounts of each thing that can run out; infinity means no limit.

    Along a path: ``depth``, the levels of consultation that may lie below, and ``seconds`` of waiting (questions asked
    at once are waited for together). Summed over the tree: ``consultations`` asked, ``words`` in answers, and ``usd``.
    """

    depth: float = UNLIMITED
    consultations: float = UNLIMITED
    words: float = UNLIMITED
    seconds: float = UNLIMITED
    usd: float = UNLIMITED

    def __post_init__(self) -> None:
        for name in self.__struct_fields__:
            amount = getattr(self, name)
            if not amount >= 0:
                raise ValueError(f"a budget's {name} must be 0 or more, got {amount}")
            if amount == UNLIMITED:
                # JSON has no infinity, so it is left out there; what is left out is known by being this very object.
                msgspec.structs.force_setattr(self, name, UNLIMITED)

    def after(self, spent: Budget) -> Budget | None:
        """What is left once ``spent`` is taken (depth aside); None if it does not fit. Spending exactly all fits."""
        left = [_minus(getattr(self, name), getattr(spent, name)) for name in FIELDS[1:]]
        if any(amount < 0 for amount in left):
            return None
        return Budget(self.depth, *left)

    def plus(self, other: Budget) -> Budget:
        """Both together: sums are added; of depth and seconds, which run beside each other, the larger counts."""
        sums = {name: getattr(self, name) + getattr(other, name) for name in SUMS}
        return Budget(depth=max(self.depth, other.depth), seconds=max(self.seconds, other.seconds), **sums)

    def at_most(self, limit: Budget) -> Budget:
        """The smaller of the two, amount by amount."""
        return Budget(*(min(getattr(self, name), getattr(limit, name)) for name in FIELDS))

    def shares(self, count: int) -> list[Budget]:
        """This budget divided among ``count`` children, one level further down.

        The sums of the shares are exactly the sums of this budget for whole numbers: what does not divide evenly goes
        to the earlier children, and what is no whole consultation or word to none. Each child gets all of the seconds,
        and one level of depth less.

        Raises ValueError if there is no child to give to, or no depth left to give.
        """
        if count < 1:
            raise ValueError(f"a budget is shared among at least 1 child, got {count}")
        if self.depth < 1:
            raise ValueError("no depth is left below this question")
        consultations, words = _parts(self.consultations, count), _parts(self.words, count)
        return [
            Budget(self.depth - 1, consultations[i], words[i], self.seconds, self.usd / count) for i in range(count)
        ]


FIELDS = ("depth", "consultations", "words", "seconds", "usd")
SUMS = ("consultations", "words", "usd")
NOTHING = Budget(0, 0, 0, 0, 0)


def _minus(amount: float, spent: float) -> float:
    return UNLIMITED if amount == UNLIMITED else amount - spent


def _parts(amount: float, count: int) -> list[float]:
    if amount == UNLIMITED:
        return [UNLIMITED] * count
    whole, rest = divmod(amount // 1, count)
    return [whole + 1 if i < rest else whole for i in range(count)]
