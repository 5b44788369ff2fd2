"""Answers from a language model in batches: the likeliest tokens, or tokens drawn by chances that are given.

Prompts are put together by length and padded on the left; an answer does not depend on what it is batched with, but
for the last bits of arithmetic. What prompts have in common is read once. Rows that have stopped leave the batch.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import torch
from jaxtyping import Bool, Float, Int
from torch import Tensor

from hch.models.settings import Generation

Chance = Callable[[int, int], float | None]
"""The number in [0, 1) by which row i's token t is drawn; None where the likeliest one is wanted."""


@dataclass(frozen=True)
class Generated:
    """The tokens of an answer, the stop left out; its log-likelihood in nats; and whether it came to its stop."""

    ids: list[int]
    log_likelihood: float
    stopped: bool


def generate(
    settings: Generation,
    model: Any,
    prompts: Sequence[Sequence[int]],
    stop: int,
    chance: Chance | None = None,
) -> list[Generated]:
    """An answer to each prompt, in order."""
    answers: dict[int, Generated] = {}
    for rows in batches(settings, prompts):
        some = [prompts[row] for row in rows]
        drawn = None if chance is None else _for_rows(chance, rows)
        answers.update(zip(rows, _generate(settings, model, some, stop, drawn), strict=True))
    return [answers[row] for row in range(len(prompts))]


def batches(settings: Generation, prompts: Sequence[Sequence[int]]) -> Iterator[list[int]]:
    """The prompts' places in batches of similar length, long ones first: if one is too large, it fails at once.

    Prompts that begin alike follow each other.
    """
    alike = [sorted(group.places, key=lambda row: -len(prompts[row])) for group in groups(prompts)]
    # Groups come in the order of their tokens, which stays where lengths are the same.
    order = [row for rows in sorted(alike, key=lambda rows: -len(prompts[rows[0]])) for row in rows]
    start = 0
    while start < len(order):
        longest = len(prompts[order[start]]) + settings.most_tokens
        size = max(1, settings.batch_tokens // longest)
        yield order[start : start + size]
        start += size


@torch.no_grad()
def _generate(
    settings: Generation,
    model: Any,
    prompts: Sequence[Sequence[int]],
    stop: int,
    chance: Chance | None,
) -> list[Generated]:
    device = model.device
    ids, mask, cache = _begin(model, prompts, stop)
    said: list[list[int]] = [[] for _ in prompts]
    likelihoods = [0.0] * len(prompts)
    stopped = [False] * len(prompts)
    places = list(range(len(prompts)))
    positions = _positions(mask)[:, -ids.shape[1] :]
    for step in range(settings.most_tokens):
        out = model(
            input_ids=ids,
            attention_mask=mask.long(),
            position_ids=positions,
            cache=cache,
            use_cache=True,
            logits_to_keep=1,
        )
        cache = out.cache
        chances = [None if chance is None else chance(place, step) for place in places]
        heat = [1.0 if chance is None else settings.temperature for chance in chances]
        log_probs = torch.log_softmax(out.logits[:, -1].float() / torch.tensor(heat, device=device)[:, None], -1)
        chosen = _choose(log_probs, chances)
        chosen_log_probs = log_probs.gather(1, chosen[:, None])[:, 0].tolist()
        going = []
        for row, (place, token) in enumerate(zip(places, chosen.tolist(), strict=True)):
            likelihoods[place] += chosen_log_probs[row]
            if token == stop:
                stopped[place] = True
            else:
                said[place].append(token)
                going.append(row)
        if not going or step + 1 == settings.most_tokens:
            break
        if len(going) < len(places):
            kept = torch.tensor(going, device=device)
            cache.batch_select_indices(kept)
            chosen, mask, positions = chosen[kept], mask[kept], positions[kept]
            places = [places[row] for row in going]
        ids = chosen[:, None]
        mask = torch.cat([mask, mask.new_ones(len(places), 1)], 1)
        positions = positions[:, -1:] + 1
    return [Generated(*part) for part in zip(said, likelihoods, stopped, strict=True)]


def _begin(
    model: Any, prompts: Sequence[Sequence[int]], padding: int
) -> tuple[Int[Tensor, "rows tokens"], Bool[Tensor, "rows read"], Any]:
    """The tokens that are still to be read, where there is anything of all that will have been, and what was read.

    What some prompts have in common has been read, once, where that leaves at most LEFT of what there was to read.
    """
    device, alike = model.device, groups(prompts)
    whole, shared = sum(map(len, prompts)), sum((len(group.places) - 1) * group.length for group in alike)
    if whole - shared > LEFT * whole or not _remembers_all(model):
        ids, mask = left_padded(prompts, padding)
        return ids.to(device), mask.to(device), None
    which = torch.empty(len(prompts), dtype=torch.long)
    beginnings, ends = [], [list(prompt) for prompt in prompts]
    for number, group in enumerate(alike):
        which[group.places] = number
        # A model is shown something of each row; what stands alone is read with the rows' ends, but for a token.
        length = group.length or 1
        beginnings.append(prompts[group.places[0]][:length])
        for place in group.places:
            ends[place] = ends[place][length:]
    ids, mask = (tensor.to(device) for tensor in left_padded(beginnings, padding))
    out = model(
        input_ids=ids, attention_mask=mask.long(), position_ids=_positions(mask), use_cache=True, logits_to_keep=1
    )
    which = which.to(device)
    out.cache.batch_select_indices(which)
    ids, later = (tensor.to(device) for tensor in left_padded(ends, padding))
    return ids, torch.cat([mask[which], later], 1), out.cache


LEFT = 0.75
"""Reading in two parts has a price of its own, so it has to spare a quarter of the tokens."""


def _remembers_all(model: Any) -> bool:
    """Whether each layer keeps all that it was shown, by place: a window or a state would count the padding between."""
    config = model.config.get_text_config()
    kinds = getattr(config, "layer_types", None)
    if kinds:
        return set(kinds) == {"full_attention"}
    return getattr(config, "sliding_window", None) is None and not getattr(model, "_is_stateful", False)


def _positions(mask: Bool[Tensor, "rows tokens"]) -> Int[Tensor, "rows tokens"]:
    return (mask.long().cumsum(-1) - 1).clamp(min=0)


def left_padded(
    rows: Sequence[Sequence[int]], padding: int
) -> tuple[Int[Tensor, "rows tokens"], Bool[Tensor, "rows tokens"]]:
    """Rows of ids as one tensor, each at the right end, and where it is not padding."""
    width = max(map(len, rows))
    ids = torch.full((len(rows), width), padding)
    mask = torch.zeros(len(rows), width, dtype=torch.bool)
    for number, row in enumerate(rows):
        ids[number, width - len(row) :] = torch.tensor(row)
        mask[number, width - len(row) :] = True
    return ids, mask


def _choose(log_probs: Float[Tensor, "rows vocabulary"], chances: list[float | None]) -> Int[Tensor, " rows"]:
    """The likeliest token of each row, or the one that its chance falls on when all are laid end to end."""
    chosen: Tensor = log_probs.argmax(-1)
    drawn = [row for row, chance in enumerate(chances) if chance is not None]
    if drawn:
        ends = log_probs[drawn].double().exp().cumsum(-1)
        wanted = torch.tensor([chances[row] for row in drawn], dtype=torch.float64, device=log_probs.device)
        result = torch.searchsorted(ends, (wanted * ends[:, -1])[:, None], right=True)[:, 0]
        chosen[drawn] = result.clamp(max=log_probs.shape[1] - 1)
    return chosen


def _for_rows(chance: Chance, rows: Sequence[int]) -> Chance:
    return lambda row, step: chance(rows[row], step)


@dataclass(frozen=True)
class Group:
    """The places of some prompts, and how many of their first tokens are the same and are not the last of any."""

    places: list[int]
    length: int


LEAST = 32
"""So many tokens have to be the same: to read fewer by themselves takes about as long as to read them each time."""


def groups(prompts: Sequence[Sequence[int]], least: int = LEAST) -> list[Group]:
    """The prompts that begin alike. Each prompt is in one group; alone, it shares nothing."""
    order = sorted(range(len(prompts)), key=lambda place: list(prompts[place]))
    result: list[Group] = []
    for place in order:
        mine = prompts[place]
        if result:
            last = result[-1].places[-1]
            same = _same(prompts[last], mine)
            if same >= least and 2 * same >= min(len(prompts[last]), len(mine)):
                before = result[-1].length if len(result[-1].places) > 1 else same
                result[-1] = Group([*result[-1].places, place], min(before, same))
                continue
        result.append(Group([place], 0))
    return result


def _same(one: Sequence[int], other: Sequence[int]) -> int:
    """How many tokens are the same; one is left, as a model says what comes after the last token that it is shown."""
    most = min(len(one), len(other)) - 1
    return next((place for place in range(most) if one[place] != other[place]), max(0, most))
