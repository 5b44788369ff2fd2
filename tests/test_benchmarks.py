from __future__ import annotations

import json
from pathlib import Path

import pytest

from benchmarks.suite import BENCHMARKS, main


def test_a_benchmark_keeps_strict_json_and_a_page_and_leaves_the_others_alone(tmp_path: Path) -> None:
    results, page = tmp_path / "results.json", tmp_path / "page.md"
    for name in ("hch", "amplify"):
        assert main(["--quick", "--only", name, "--results", str(results), "--page", str(page)]) == 0
    kept = json.loads(results.read_text(), parse_constant=pytest.fail)
    measured = kept.get("benchmarks", kept)
    assert set(measured) & set(BENCHMARKS) == {"hch", "amplify"}
    for name in ("hch", "amplify"):
        assert f"## {name}" in page.read_text()
        figures = measured[name]["figures"]
        assert figures
        assert all(figure["min"] <= figure["median"] <= figure["max"] for figure in figures)


def test_an_unknown_benchmark_is_wrong_usage(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        main(["--only", "hcg"])
    assert ended.value.code == 2
    assert "hch" in capsys.readouterr().err


@pytest.mark.parametrize("name", ["endpoint", "language"])
def test_the_figures_of_language_models_are_found(name: str, tmp_path: Path) -> None:
    results = tmp_path / "results.json"
    assert main(["--quick", "--only", name, "--results", str(results), "--page", str(tmp_path / "page.md")]) == 0
    figures = json.loads(results.read_text(), parse_constant=pytest.fail)
    assert all(figure["min"] >= 0 for figure in figures.get("benchmarks", figures)[name]["figures"])
