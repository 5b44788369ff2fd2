"""The losses by name, for the command line and for worlds that are files."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from hch.optimum.losses.approval import Approval, HCHApproval
from hch.optimum.losses.closeness import Closeness
from hch.optimum.losses.debate import Debate
from hch.optimum.losses.imitation import Imitation
from hch.optimum.losses.objective import Loss
from hch.optimum.losses.reward import EntropyReward, FeasibleRewards
from hch.optimum.losses.supervised import Supervised


@dataclass(frozen=True)
class Named:
    """A loss with what it is, in a few words."""

    loss: Loss
    summary: str


LOSSES: Mapping[str, Named] = {
    "imitation": Named(Imitation(), "say what H says, consulting the model; the target is not differentiated"),
    "joint": Named(Imitation(joint=True), "the same as one objective: the model may change what it is to say"),
    "supervised": Named(Supervised(), "say what is right: never to be had in earnest"),
    "approval": Named(Approval(), "say what H, consulting the model, rates highest"),
    "hch_approval": Named(HCHApproval(), "say what H, consulting HCH, rates highest"),
    "closeness": Named(Closeness(), "H commits to its own answer, sees the model's, and rates how close it is"),
    "debate": Named(Debate(), "name the answer that is worth most in a debate about it"),
    "quote_debate": Named(Debate(quotes=True), "the same, where only direct quotes may be said"),
    "reward": Named(FeasibleRewards(), "do what is best for some reward that fits what H does"),
    "entropy_reward": Named(EntropyReward(), "do what is best for the maximum-entropy reward of what H does"),
}
