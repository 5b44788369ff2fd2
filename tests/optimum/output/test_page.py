from __future__ import annotations

import re
from dataclasses import replace
from html.parser import HTMLParser
from pathlib import Path

import pytest

from hch.cli import main
from hch.cli.optimum import usual_losses
from hch.cli.usage import DONE, FAILED
from hch.optimum.analysis import Analyse, Analysis
from hch.optimum.losses.all_losses import LOSSES
from hch.optimum.output.page import MOST_DRAWN, choose_questions, render_page
from hch.optimum.output.pictures import Card, draw_graph, layer_questions, place_cards, route_arrow
from hch.optimum.world.tree import Branch, Leaf
from hch.optimum.world.world import Entry, World
from hch.optimum.world.worldfile import read_world

WORLDS = Path(__file__).parents[3] / "examples" / "worlds"


def analyse(world: World, *names: str, curves: bool = False) -> Analysis:
    losses = {name: (LOSSES[name].loss, LOSSES[name].summary) for name in names or usual_losses(world)}
    return Analyse(curves=curves)(world, losses)


class Elements(HTMLParser):
    """Notes what would run or fetch something, and that tags are closed in order."""

    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []
        self.suspicious: list[str] = []
        self.said: list[str] = []

    def handle_starttag(self, tag: str, attributes: list[tuple[str, str | None]]) -> None:
        if tag not in ("meta", "br"):
            self.open.append(tag)
        names = [name for name, _ in attributes]
        if tag in ("script", "link", "img", "iframe") or any(n in ("href", "src") or n.startswith("on") for n in names):
            self.suspicious.append(tag)

    def handle_startendtag(self, tag: str, attributes: list[tuple[str, str | None]]) -> None:
        self.handle_starttag(tag, attributes)
        if tag not in ("meta", "br"):
            self.open.pop()

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        self.said.append(data)


def read(page: str) -> Elements:
    parser = Elements()
    parser.feed(page)
    assert parser.open == []
    return parser


def test_a_page_of_all_examples_is_well_formed_and_fetches_nothing() -> None:
    page = render_page([analyse(read_world(path), curves=True) for path in sorted(WORLDS.glob("*.toml"))])
    parser = read(page)
    assert parser.suspicious == []
    assert "http:" not in page
    assert "https:" not in page
    said = " ".join(" ".join(parser.said).split())
    assert "A charmed rater" in said
    assert "misaligned" in said
    ids = re.findall(r'id="([^"]+)"', page)
    assert len(ids) == len(set(ids))


def test_no_text_of_a_world_becomes_a_tag() -> None:
    evil = "<script>alert(1)</script>&\u202e"
    world = World((Entry(evil, (evil, "b"), Leaf(evil), aligned=frozenset("b")),), title=evil, about=evil)
    parser = read(render_page([analyse(world, curves=True)]))
    assert parser.suspicious == []
    assert "\u202e" not in "".join(parser.said)


def test_each_answer_is_marked_by_word_and_shape() -> None:
    graph = draw_graph([Card("q?", [("good", True), ("bad", False), ("any", None)], [])], "p", narrow=False)
    good, bad, free = re.findall(r'<g class="label (\w+)"><(\w+).*?<text[^>]*>(.*?)</text>', graph)
    assert good == ("aligned", "rect", "good ✓")
    assert bad == ("misaligned", "polygon", "bad ✗ misaligned")
    assert free == ("said", "rect", "any")


def test_a_question_is_below_those_that_ask_it_and_a_cycle_is_side_by_side() -> None:
    assert layer_questions({"a": ["b", "d"], "b": ["c"], "c": ["b"], "d": []}) == [["a"], ["b", "c", "d"]]
    assert layer_questions({"a": [], "b": []}) == [["a", "b"]]


@pytest.mark.parametrize(("width", "card"), [(1000.0, 232.0), (360.0, 300.0)])
def test_cards_neither_overlap_nor_leave_the_picture(width: float, card: float) -> None:
    asks = {f"q{n}": [f"q{2 * n + 1}", f"q{2 * n + 2}"] if n < 12 else [] for n in range(25)}
    heights = {question: 60.0 + 10 * (n % 4) for n, question in enumerate(asks)}
    places, height = place_cards(asks, heights, width, card)
    placed = list(places.values())
    for number, one in enumerate(placed):
        assert one.x >= 0
        assert one.x + one.width <= width
        assert one.bottom <= height
        for other in placed[:number]:
            beside = one.x + one.width <= other.x or other.x + other.width <= one.x
            assert beside or one.bottom <= other.y or other.bottom <= one.y
        assert route_arrow(
            one, placed[0], {place.row: [p for p in placed if p.row == place.row] for place in placed}
        ).startswith("M")


def test_of_a_large_world_only_counterexamples_and_cycles_are_drawn() -> None:
    said = ("x", "y")
    copying = [Entry(f"q{n}", said, Branch((f"q{n - 1}",), {(a,): Leaf(a) for a in said})) for n in range(1, 300)]
    world = World((Entry("q0", said, Leaf("x")), *copying))
    world = replace(world, entries=(*world.entries[:-1], replace(world.entries[-1], aligned=frozenset("y"))))
    analysis = analyse(world, "imitation")
    assert choose_questions(analysis) == ["q298", "q299"]
    assert len(choose_questions(analysis)) <= MOST_DRAWN
    said_there = " ".join(read(render_page([analysis])).said)
    assert "298 questions in no counterexample and no cycle are not drawn" in said_there
    assert "100 questions more" in said_there


def test_the_command_writes_a_page_and_no_other_file_is_replaced(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    page = tmp_path / "page.html"
    words = ["optimum", str(WORLDS / "circle.toml"), "--html", str(page)]
    assert main(words) == DONE
    assert "Two reviewers who trust each other" in page.read_text("utf-8")
    assert main(words) == DONE
    page.write_text("mine", "utf-8")
    assert main(words) == FAILED
    assert "is no report of hch" in capsys.readouterr().err
    assert page.read_text("utf-8") == "mine"
