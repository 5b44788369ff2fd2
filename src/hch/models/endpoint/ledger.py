"""What calls to a priced server have cost: paid and saved apart, by role, under a limit that is never exceeded."""

from __future__ import annotations

import math
from dataclasses import asdict, dataclass, field
from typing import Any


@dataclass(frozen=True)
class Prices:
    """In US dollars for a million tokens."""

    usd_per_million_read: float = 0.0
    usd_per_million_written: float = 0.0

    def cost(self, read: int, written: int) -> float:
        """In US dollars."""
        return (read * self.usd_per_million_read + written * self.usd_per_million_written) / 1e6


@dataclass
class Account:
    """What one role has used: calls that were made, calls that were spared, tokens, and US dollars."""

    calls: int = 0
    retries: int = 0
    failed: int = 0
    tokens_read: int = 0
    tokens_written: int = 0
    usd: float = 0.0
    spared_calls: int = 0
    spared_usd: float = 0.0


@dataclass
class Ledger:
    """Accounts by role, and what may be spent in all. What is under way counts as spent until it is known."""

    most_usd: float = math.inf
    accounts: dict[str, Account] = field(default_factory=dict)
    reserved_usd: float = 0.0

    @property
    def usd(self) -> float:
        """What has been paid."""
        return sum(account.usd for account in self.accounts.values())

    def of(self, role: str) -> Account:
        """A role's account."""
        return self.accounts.setdefault(role, Account())

    def reserve(self, usd: float) -> bool:
        """Sets money aside for a call that costs at most this; False where there is not as much left."""
        if self.usd + self.reserved_usd + usd > self.most_usd:
            return False
        self.reserved_usd += usd
        return True

    def release(self, usd: float) -> None:
        """Gives back what was set aside."""
        self.reserved_usd = max(0.0, self.reserved_usd - usd)

    def record(self) -> dict[str, Any]:
        """As plain values."""
        return {"usd": self.usd, "roles": {role: asdict(account) for role, account in self.accounts.items()}}
