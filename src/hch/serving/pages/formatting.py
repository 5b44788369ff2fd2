"""Numbers, times, budgets, states and texts of any origin, as pages show them."""

from __future__ import annotations

import math
import time
from datetime import UTC, datetime
from typing import Literal

import msgspec

from hch.people.store.items import CANCELLED, CONSULTING, OPEN
from hch.people.store.projects import Rules
from hch.people.store.trees import WAITING
from hch.text.display import plain
from hch.text.views import view_for
from hch.types import Budget

LONGEST = 100_000
"""Characters of one text on a page."""
ON_ONE_LINE = 240
"""Characters of a text in a list."""


def line_of(text: str, longest: int = ON_ONE_LINE) -> str:
    """The text on one line, cut short. Nothing in it can hide, or turn the line around."""
    return plain(" ".join(text[: 4 * longest].split()), longest)


def lines_of(text: str, longest: int = LONGEST) -> str:
    """The text with its lines, and a note if it is cut. Nothing in it can hide, or turn a line around."""
    lines = "\n".join(plain(line, longest) for line in text[:longest].replace("\r\n", "\n").split("\n"))
    left_out = len(text) - longest
    return lines if left_out <= 0 else f"{lines}\n… {left_out:,} more characters"


def number_of(count: float, one: str, many: str = "") -> str:
    """``1 question``, ``2 questions``, ``no questions``."""
    amount = "no" if count == 0 else f"{count:,.0f}"
    return f"{amount} {one if count == 1 else many or one + 's'}"


def moment(at: float | None) -> str:
    """A time, to the minute, in UTC; empty for None."""
    return "" if at is None else datetime.fromtimestamp(at, UTC).strftime("%Y-%m-%d %H:%M UTC")


def ago(at: float | None) -> str:
    """How long ago a time was: ``3 min ago``, ``just now``, and ``never`` for None."""
    if at is None:
        return "never"
    seconds = time.time() - at
    return "just now" if seconds < 60 else f"{duration(seconds)} ago"


def duration(seconds: float | None) -> str:
    """A length of time: ``40 s``, ``3 min``, ``2 h 05 min``, ``3 days 4 h``; empty for None."""
    if seconds is None:
        return ""
    whole = round(seconds)
    if whole < 60:
        return f"{whole} s"
    if whole < 3600:
        return f"{whole // 60} min"
    if whole < 48 * 3600:
        return f"{whole // 3600} h {whole % 3600 // 60:02d} min"
    days, hours = whole // 86400, whole % 86400 // 3600
    return f"{days} days {hours} h" if hours else f"{days} days"


def clock(seconds: float) -> str:
    """Minutes and seconds as a clock shows them: ``9:41``."""
    whole = max(0, int(seconds))
    return f"{whole // 60}:{whole % 60:02}"


def budget_words(budget: Budget | None, *, all_of: bool = False) -> str:
    """The limited amounts of a budget: ``2 levels, 5 consultations``. ``all_of`` lists amounts of zero, too."""
    if budget is None:
        return ""
    amounts = {
        number_of(budget.depth, "level"): budget.depth,
        number_of(budget.consultations, "consultation"): budget.consultations,
        number_of(budget.words, "word"): budget.words,
        number_of(budget.seconds, "second"): budget.seconds,
        f"{budget.usd:,.2f} dollars": budget.usd,
    }
    words = [text for text, amount in amounts.items() if math.isfinite(amount) and (amount or all_of)]
    return ", ".join(words) or ("without limit" if all_of else "nothing")


def budget_sentences(budget: Budget | None) -> list[str]:
    """What H may still ask and write, a sentence for each limit of the budget."""
    if budget is None:
        return ["You may ask as much as you like."]
    if budget.depth < 1:
        return ["You answer this one alone: there is nobody below you to ask.", *_word_sentences(budget)]
    if budget.consultations < 1:
        return ["All questions have been asked: it is time to reply or to pass.", *_word_sentences(budget)]
    sentences = []
    if math.isfinite(budget.consultations):
        questions = number_of(budget.consultations, "more question")
        sentences.append(f"You may ask {questions}, those asked below you included.")
    if 2 <= budget.depth < math.inf:
        sentences.append(f"Whoever you ask may ask others in turn, {number_of(budget.depth - 1, 'level')} deep.")
    elif budget.depth < 2:
        sentences.append("Whoever you ask can ask nobody else.")
    sentences += _word_sentences(budget)
    if math.isfinite(budget.seconds):
        sentences.append(f"Answers may take {duration(budget.seconds)} in all.")
    if math.isfinite(budget.usd):
        sentences.append(f"Answers may cost {budget.usd:,.2f} dollars in all.")
    return sentences


def _word_sentences(budget: Budget) -> list[str]:
    if not math.isfinite(budget.words):
        return []
    verb = "is" if budget.words == 1 else "are"
    return [f"There {verb} {number_of(budget.words, 'word')} left, for answers and for your reply."]


def other_side(rules: Rules) -> str:
    """Who answers the questions that H asks."""
    return {"people": "another person", "model": "a model", "run": "the model in training"}[rules.other_side]


def other_sides_view(rules: Rules, budget: Budget | None, fact_count: int) -> str:
    """How much of the context the other side gets, as the end of a sentence."""
    below = None if budget is None else Budget(depth=max(0, budget.depth - 1))
    view = view_for(below, rules.view, rules.readers_see_all) if rules.other_side == "people" else "everything"
    facts = number_of(fact_count, "fact")
    match view:
        case "everything":
            return f"all of it ({facts})" if fact_count else "it is empty"
        case "contents":
            return f"only the table of contents ({facts})"
        case "nothing":
            return "none of it"


Tone = Literal["good", "warn", "bad", ""]


class StateLabel(msgspec.Struct, frozen=True):
    """How a state is shown: in words and with a shape, never in colour alone.

    ``shape`` names a symbol of templates/explore_shapes.html, ``tone`` a class of the style sheet.
    """

    words: str
    shape: str
    tone: Tone = ""


STATES = {
    "answered": StateLabel("answered", "disc", "good"),
    "passed": StateLabel("passed", "bar", "warn"),
    "out of budget": StateLabel("out of budget", "diamond", "warn"),
    "failed": StateLabel("failed", "cross", "bad"),
    OPEN: StateLabel("open", "ring"),
    CONSULTING: StateLabel("waits for answers", "half"),
    WAITING: StateLabel("waits for the model", "dots"),
    CANCELLED: StateLabel("no longer asked", "slash"),
}
"""All states of a question, in the order in which a form offers them."""


def state_label(state: str) -> StateLabel:
    """How a state is shown; an unknown one by its own name."""
    return STATES.get(state) or StateLabel(state, "ring")
