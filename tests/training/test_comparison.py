from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from hch.experiments import load
from hch.schemes.debate import Debate
from hch.schemes.needs import Headroom
from hch.training import comparison as module
from hch.training.comparison import STEPS, Comparison, Planned, carry_out, is_rival, join_headrooms, lighten
from hch.training.experiment import Allowance
from hch.training.schemes import SCHEMES

TINY = load("permutation-tiny")


def compare(*schemes: str, seeds: tuple[int, ...] = (0,), warm_up: int = 0) -> Comparison:
    start = replace(SCHEMES["imitation"](TINY), steps=warm_up) if warm_up else None
    return Comparison({name: SCHEMES[name](TINY) for name in schemes}, seeds, start, Path("out"))


def test_rivals_weigh_what_the_model_says_itself() -> None:
    assert {name for name in SCHEMES if not is_rival(SCHEMES[name](TINY))} == {"imitation", "supervised"}
    assert not compare("imitation", "supervised").has_rivals
    assert compare("imitation", "debate").has_rivals


def test_all_have_room_for_what_one_of_them_needs() -> None:
    own = Headroom(answer=5, words=("surely",))
    assert join_headrooms([TINY, SCHEMES["debate"](TINY)]) == Debate.needs.headroom
    both = join_headrooms([replace(TINY, headroom=own), SCHEMES["debate"](TINY)])
    assert both == Headroom(12, 5, ("surely", ":", ";"))


def test_runs_matched_by_an_allowance_have_the_experiment_s_own_steps() -> None:
    assert lighten(TINY).steps == STEPS
    assert lighten(TINY, Allowance()).steps == STEPS
    assert lighten(TINY, Allowance(human_actions=100)).steps == TINY.steps


def test_all_begin_with_one_start_but_those_who_consult_the_model_of_hch() -> None:
    begun = {
        (run.scheme, run.seed): run.experiment.start
        for run in compare("imitation", "approval", "hch_approval", seeds=(3, 4), warm_up=7).runs()
    }
    assert begun == {
        ("", 3): None,
        ("imitation", 3): "out/start-3",
        ("approval", 3): "out/start-3",
        ("hch_approval", 3): "out/imitation-3",
        ("", 4): None,
        ("imitation", 4): "out/start-4",
        ("approval", 4): "out/start-4",
        ("hch_approval", 4): "out/imitation-4",
    }


def test_without_imitation_before_it_the_model_of_hch_is_the_start() -> None:
    runs = list(compare("hch_debate", "imitation", warm_up=7).runs())
    assert [run.experiment.start for run in runs] == [None, "out/start", "out/start"]
    assert [run.experiment.seed for run in compare("imitation", seeds=(5, 6)).runs()] == [5, 6]


@pytest.mark.parametrize(
    ("results", "count"),
    [
        ({"status": "stopped"}, 1),
        ({"status": "stopped", "waiting": ["w"]}, 3),
        ({"status": "failed"}, 3),
        ({"status": "done"}, 3),
    ],
)
def test_only_an_interruption_ends_a_comparison(
    results: dict[str, Any], count: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    noted: list[list[Path]] = []
    monkeypatch.setattr(module, "note_baseline", noted.append)
    trained: list[Planned] = []

    def train(planned: Planned) -> dict[str, Any]:
        trained.append(planned)
        return results

    done = carry_out(compare("imitation", "approval", warm_up=2), train)
    assert [planned for planned, _ in done] == trained
    assert len(done) == count
    assert noted == [[planned.path for planned in trained if planned.scheme]]
