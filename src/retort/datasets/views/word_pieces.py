"""The view `word_pieces`: a corpus as the numbers of word pieces, and the tokenizer that makes them.

Pieces are those of a byte-pair encoding (Sennrich et al. 2016) over bytes, as in GPT-2, so that no text is out of
vocabulary; it knows the blank before a word: a word has the same pieces alone and within a sentence.
"""

from pathlib import Path

import numpy as np
import polars as pl
from safetensors.numpy import save_file
from tokenizers import Tokenizer, decoders, models, pre_tokenizers, trainers

from retort.datasets.prepared import check_schema

VOCABULARY = 4_000  # pieces at most
SPECIAL = ("[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]")  # pieces 0 to 4


def build(rows: pl.DataFrame, folder: Path) -> None:
    """Write the view of the prepared `rows` (`id, domain, text`) into `folder`.

    - `tokenizer.json`: the encoding, learned from all rows, in the format of the package `tokenizers`.
    - `pieces.safetensors`: `pieces` int32 (P,), the pieces of all texts one after the other, without special ones, and
      `offsets` int64 (N + 1,): text i is `pieces[offsets[i] : offsets[i + 1]]`, in the order of `rows`.
    - `documents.parquet`: `id, domain` of the texts, in that order.

    Raises:
        SchemaError: a column is missing.
    """
    check_schema(rows, dict.fromkeys(("id", "domain", "text"), pl.String), "the prepared table")
    tokenizer = learn(rows["text"].to_list())
    encoded = [
        one.ids for one in tokenizer.encode_batch_fast(rows["text"].to_list(), add_special_tokens=False)
    ]
    folder.mkdir(parents=True, exist_ok=True)
    tokenizer.save(str(folder / "tokenizer.json"))
    lengths = np.array([len(pieces) for pieces in encoded], dtype=np.int64)
    save_file(
        {
            "pieces": np.concatenate([np.array(pieces, dtype=np.int32) for pieces in encoded]),
            "offsets": np.concatenate([np.zeros(1, dtype=np.int64), np.cumsum(lengths)]),
        },
        folder / "pieces.safetensors",
    )
    rows.select("id", "domain").write_parquet(folder / "documents.parquet")


def learn(texts: list[str]) -> Tokenizer:
    """The byte-pair encoding of `VOCABULARY` pieces, fewer where the texts have no more pairs to join."""
    tokenizer = Tokenizer(models.BPE())
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=True)
    tokenizer.decoder = decoders.ByteLevel()
    trainer = trainers.BpeTrainer(
        vocab_size=VOCABULARY,
        special_tokens=list(SPECIAL),
        initial_alphabet=sorted(pre_tokenizers.ByteLevel.alphabet()),
        show_progress=False,
    )
    tokenizer.train_from_iterator(texts, trainer)
    return tokenizer
