"""A tokenizer in a folder, as the view `word_pieces` leaves it, and settings of a small encoder that reads by it."""

from pathlib import Path

from tokenizers import Tokenizer, models, pre_tokenizers, trainers

TEXT = ["we parse noise it beats noise on data we present a span model for parsing"]
ENCODER = {
    "kind": "deberta",
    "folder": None,
    "width": 16,
    "layers": 2,
    "heads": 2,
    "reach": 8,
    "longest": 64,
    "dropout": 0.1,
    "terms": ["c2p", "p2c"],
    "share": True,
}
TRAINING = {
    "epochs": 25,
    "least_steps": 1,
    "most_steps": 500,
    "batch": 2,
    "learning_rate": 3e-3,
    "head_rate": 1e-2,
    "weight_decay": 0.01,
    "optimiser": "adamw",
    "schedule": "slanted",
    "clip": 5.0,
    "evaluations": 5,
}
SPANS = {"hidden": 32, "layers": 2, "dropout": 0.1}
RENEW = {"layers": [], "scope": "none"}


def view(folder: Path) -> Path:
    """The folder with a tokenizer of 320 pieces."""
    folder.mkdir(parents=True, exist_ok=True)
    tokenizer = Tokenizer(models.BPE())
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=True)
    trainer = trainers.BpeTrainer(
        vocab_size=320,
        special_tokens=["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]"],
        initial_alphabet=pre_tokenizers.ByteLevel.alphabet(),
        show_progress=False,
    )
    tokenizer.train_from_iterator(TEXT, trainer)
    tokenizer.save(str(folder / "tokenizer.json"))
    return folder
