"""Budgets, times and the other side in words, as the pages say them."""

from __future__ import annotations

import math

from hch.people.store.projects import Rules
from hch.text.views import view_for
from hch.types import Budget


def number_of(count: float, one: str, many: str = "") -> str:
    """``1 question``, ``2 questions``, ``no questions``."""
    amount = "no" if count == 0 else f"{count:,.0f}"
    return f"{amount} {one if count == 1 else many or one + 's'}"


def left_in_words(budget: Budget | None) -> list[str]:
    """What a budget still allows, a sentence for each thing that is limited."""
    if budget is None:
        return ["You may ask as much as you like."]
    if budget.depth < 1:
        return ["You answer this one alone: there is nobody below you to ask.", *_words(budget)]
    if budget.consultations < 1:
        return ["All questions have been asked: it is time to reply or to pass.", *_words(budget)]
    said = []
    if math.isfinite(budget.consultations):
        said.append(f"You may ask {number_of(budget.consultations, 'more question')}, those asked below you included.")
    if math.isfinite(budget.depth):
        said.append(_levels(budget.depth - 1))
    said += _words(budget)
    if math.isfinite(budget.seconds):
        said.append(f"Answers may take {duration(budget.seconds)} in all.")
    if math.isfinite(budget.usd):
        said.append(f"Answers may cost {budget.usd:,.2f} dollars in all.")
    return said


def other_side(rules: Rules) -> str:
    """Who gets what H asks."""
    match rules.other_side:
        case "people":
            return "another person"
        case "model":
            return "a model"
        case "run":
            return "the model in training"


def other_sides_view(rules: Rules, budget: Budget | None, fact_count: int) -> str:
    """How much of the context whoever is asked gets, as the end of a sentence."""
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


def duration(seconds: float) -> str:
    """Whole seconds, minutes or hours: ``40 s``, ``3 min``, ``2 h 05 min``."""
    if seconds < 60:
        return f"{seconds:.0f} s"
    minutes = int(seconds // 60)
    return f"{minutes} min" if minutes < 60 else f"{minutes // 60} h {minutes % 60:02} min"


def clock(seconds: float) -> str:
    """Minutes and seconds as a clock shows them: ``9:41``."""
    whole = max(0, int(seconds))
    return f"{whole // 60}:{whole % 60:02}"


def _levels(below: float) -> str:
    if below < 1:
        return "Whoever you ask can ask nobody else."
    return f"Whoever you ask may ask others in turn, {number_of(below, 'level')} deep."


def _words(budget: Budget) -> list[str]:
    if not math.isfinite(budget.words):
        return []
    there = "is" if budget.words == 1 else "are"
    return [f"There {there} {number_of(budget.words, 'word')} left, for answers and for your reply."]
