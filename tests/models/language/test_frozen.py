from __future__ import annotations

import pickle
from pathlib import Path

from hch.humans.language import Prompted
from hch.models.language.frozen import FrozenLanguageModel
from hch.models.language.model import LanguagePolicy, load_language
from hch.models.settings import Generation, LanguageSettings
from hch.types import Question, Workspace
from tests.languages import language_folder


async def test_it_says_what_the_model_says_and_is_a_value(tmp_path: Path) -> None:
    path = str(language_folder(tmp_path / "model"))
    settings = LanguageSettings(path, precision="float32", generation=Generation(most_tokens=6))
    spoken = pickle.loads(pickle.dumps(FrozenLanguageModel(settings, "H", seed=3)))
    assert spoken == FrozenLanguageModel(settings, "H", seed=3)
    asked = [Question("why?"), Question("why?", sample_index=1)]
    assert await spoken(asked) == await LanguagePolicy(load_language(settings), "H", 3)(asked)


async def test_it_can_play_h(tmp_path: Path) -> None:
    path = str(language_folder(tmp_path / "model"))
    settings = LanguageSettings(path, precision="float32", generation=Generation(most_tokens=6))
    human = Prompted(FrozenLanguageModel(settings))
    (action,) = await human([Workspace(Question("why?"))])
    assert str(getattr(action, "reason", "")).startswith("failed: no end after 6 tokens")
