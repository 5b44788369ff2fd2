"""Imitative amplification in one file: a model learns to imitate a human who consults that model.

``python examples/imitate.py [STEPS]`` trains on one core for less than a minute and prints a table. The task: a
permutation σ is given as arrows; what is σ^k(x)? H can halve an exponent and no more: arrows are looked up, and what
half the power of a point is, H asks the model. At first only k = 2 and 3 can be answered. Once the model has learned
those, H gets up to 7 by consulting it, and so on: twice as far each time. The model is taught by nobody but H.
"""

import asyncio
import random
import sys
from collections.abc import Iterable, Sequence

import torch
from torch import Tensor, nn
from torch.nn.functional import cross_entropy, one_hot
from torch.optim.swa_utils import AveragedModel, get_ema_multi_avg_fn

from hch import HCH, Amplify, Answer, Context, Otherwise, Outcome, Question
from hch.humans import Scripted, Steps, ask, give_up, reply
from hch.protocols import Answerer

ELEMENTS = "abcdef"
DIFFICULTIES = ("2–3", "4–7", "8–15", "16–31")  # exponents, by how often H has to halve them


def parse(question: str) -> tuple[int, str]:  # "σ^5(a)" → 5, "a"
    return int(question[2:-3]), question[-2]


def arrows(context: Context) -> dict[str, str]:  # "a→c", "b→b" → {"a": "c", "b": "b"}
    return dict(fact.split("→") for fact in context.facts)


def script(question: str) -> Steps:
    """H: half of the power, the same half from there, and one more arrow where the exponent is odd."""
    exponent, x = parse(question)
    for part in (exponent // 2, exponent // 2, *[1] * (exponent % 2)):
        (answer,) = yield ask(f"σ^{part}({x})")
        if answer is None:
            return give_up("nobody could say")
        x = answer
    return reply(x)


async def lookup(questions: Sequence[Question], /) -> list[Answer]:
    """Answers σ^1(x), and passes on everything else: then the model is asked."""
    asked = [(*parse(question.text), arrows(question.context)) for question in questions]
    return [Answer(images[x], by="lookup") if k == 1 else Answer(outcome=Outcome.PASSED) for k, x, images in asked]


class Network(nn.Module):
    """Each element has a state; layer by layer it takes in those of the elements before and after it on its cycle."""

    def __init__(self, width: int = 32, layers: int = len(ELEMENTS) - 1) -> None:
        super().__init__()
        self.exponents = nn.Embedding(2 ** (len(DIFFICULTIES) + 1), width)
        self.start = nn.Parameter(torch.randn(width))
        around = [nn.Sequential(nn.LayerNorm(3 * width), nn.Linear(3 * width, 2 * width)) for _ in range(layers)]
        self.layers = nn.ModuleList(nn.Sequential(one, nn.ReLU(), nn.Linear(2 * width, width)) for one in around)
        self.answer = nn.Linear(width, 1)

    def forward(self, questions: Sequence[Question]) -> Tensor:
        """How much speaks for each element as the answer: logits, [questions, elements]."""
        exponents, points = zip(*(parse(question.text) for question in questions), strict=True)
        after = torch.stack([indices(arrows(question.context).values()) for question in questions])
        before, row = after.argsort(1), torch.arange(len(questions))[:, None]  # a permutation's inverse is its argsort
        starts = one_hot(indices(points), len(ELEMENTS))[..., None] * self.start  # where the question starts from
        states = self.exponents(torch.tensor(exponents))[:, None] + starts  # [questions, elements, width]
        for layer in self.layers:
            states = states + layer(torch.cat([states, states[row, before], states[row, after]], -1))
        return self.answer(states)[..., 0]  # type: ignore[no-any-return]


def indices(elements: Iterable[str]) -> Tensor:  # ["a", "c"] → tensor([0, 2])
    return torch.tensor([ELEMENTS.index(x) for x in elements])


def answerer(network: nn.Module) -> Answerer:
    """A network as a model to consult: it says what it finds likeliest, and how likely that is."""

    async def model(questions: Sequence[Question], /) -> list[Answer]:
        with torch.no_grad():
            best = network(questions).softmax(-1).max(-1)
        pairs = zip(best.indices.tolist(), best.values.tolist(), strict=True)
        return [Answer(ELEMENTS[index], by="model", confidence=confidence) for index, confidence in pairs]

    return model


def sample_questions(count: int, held_out: bool, randomness: random.Random) -> list[Question]:
    """As many questions, each about a permutation of its own; one permutation in six is never trained on."""
    questions: list[Question] = []
    while len(questions) < count:
        images = randomness.sample(ELEMENTS, len(ELEMENTS))
        if (random.Random("".join(images)).random() < 1 / 6) == held_out:
            least, x = 2 ** randomness.randint(1, len(DIFFICULTIES)), randomness.choice(ELEMENTS)
            context = Context(tuple(map("→".join, zip(ELEMENTS, images, strict=True))))
            questions.append(Question(f"σ^{randomness.randrange(least, 2 * least)}({x})", context))
    return questions


async def train(steps: int, batch: int = 128, rate: float = 3e-3, decay: float = 0.98, seed: int = 0) -> Answerer:
    """The loop: H answers, consulting the model's moving average (EMA), and the model learns what H answered."""
    torch.manual_seed(seed)
    randomness, network = random.Random(seed), Network()
    # The moving average changes slowly, so what H hears is steadier than what the model says.
    average = AveragedModel(network, multi_avg_fn=get_ema_multi_avg_fn(decay))
    amplified = Amplify(Scripted(script), Otherwise(lookup, answerer(average)))
    optimiser = torch.optim.AdamW(network.parameters(), lr=rate)
    for step in range(steps):
        questions = sample_questions(batch, held_out=False, randomness=randomness)
        answers = await amplified(questions)
        # H's answer is as sure as all that H heard: so the easy questions are learned first, and carry the harder ones.
        weights = torch.tensor([answer.confidence for answer in answers])
        losses = cross_entropy(network(questions), indices(answer.text for answer in answers), reduction="none")
        optimiser.zero_grad()
        (weights * losses).mean().backward()
        optimiser.step()
        average.update_parameters(network)
        if step % 50 == 0:
            print(f"step {step:4}   loss {losses.mean().item():.3f}   H's confidence {weights.mean().item():.2f}")
    return answerer(average)


async def accuracy(answerer: Answerer, questions: Sequence[Question]) -> list[float]:
    """How often an Answerer is right, by difficulty."""
    right: list[list[bool]] = [[] for _ in DIFFICULTIES]
    for question, answer in zip(questions, await answerer(questions), strict=True):
        exponent, x = parse(question.text)
        for _ in range(exponent):
            x = arrows(question.context)[x]
        right[exponent.bit_length() - 2].append(answer.text == x)
    return [sum(scores) / len(scores) for scores in right]


async def main(steps: int) -> None:
    """Trains, and prints what H alone, the model, H consulting the model and HCH make of held-out permutations."""
    human, model = Scripted(script), await train(steps)
    questions = sample_questions(1000, held_out=True, randomness=random.Random(1))
    rows = {"H alone": HCH(human, 0, lookup), "model": model, "H + model": Amplify(human, Otherwise(lookup, model))}
    print("right about held-out permutations", *(f"k = {exponents:>5}" for exponents in DIFFICULTIES), sep="  ")
    for name, row in {**rows, "HCH": HCH(human, len(DIFFICULTIES), lookup)}.items():
        print(f"{name:33}", *(f"{share:9.1%}" for share in await accuracy(row, questions)), sep="  ")


if __name__ == "__main__":
    torch.set_num_threads(1)
    asyncio.run(main(int(sys.argv[1]) if len(sys.argv) > 1 else 400))
