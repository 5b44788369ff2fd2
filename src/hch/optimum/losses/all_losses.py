"""The losses by name, for the command line and for worlds that are files."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from hch.optimum.losses.approval import Approval, HCHApproval
from hch.optimum.losses.closeness import Closeness
from hch.optimum.losses.debate import Debate
from hch.optimum.losses.imitation import Imitation
from hch.optimum.losses.objective import Loss
from hch.optimum.losses.reward import FeasibleRewards, MaxEntropyReward
from hch.optimum.losses.supervised import Supervised


@dataclass(frozen=True)
class NamedLoss:
    """A loss, and one line on what it trains a model to do."""

    loss: Loss
    summary: str


LOSSES: Mapping[str, NamedLoss] = {
    "imitation": NamedLoss(Imitation(), "say what H says, consulting the model; the target is not differentiated"),
    "joint": NamedLoss(Imitation(joint=True), "the same as one objective: the model may change its own target"),
    "supervised": NamedLoss(Supervised(), "say what is right: an upper bound, as it needs all right answers"),
    "approval": NamedLoss(Approval(), "say what H, consulting the model, rates highest"),
    "hch_approval": NamedLoss(HCHApproval(), "say what H, consulting HCH, rates highest"),
    "closeness": NamedLoss(Closeness(), "H commits to its own answer, sees the model's, and rates how close it is"),
    "debate": NamedLoss(Debate(), "name the answer with the highest value in a debate about it"),
    "quote_debate": NamedLoss(Debate(quotes=True), "the same, where only direct quotes are allowed"),
    "reward": NamedLoss(FeasibleRewards(), "do what is best for some reward that fits what H does"),
    "entropy_reward": NamedLoss(MaxEntropyReward(), "do what is best for the maximum-entropy reward of what H does"),
}
