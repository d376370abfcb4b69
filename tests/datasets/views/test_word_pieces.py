"""The view of word pieces."""

from itertools import pairwise

import numpy as np
import polars as pl
import pytest
from safetensors.numpy import load_file
from tokenizers import Tokenizer

from retort.datasets.errors import SchemaError
from retort.datasets.views import word_pieces

ROWS = pl.DataFrame(
    {
        "id": ["b", "a", "c"],
        "domain": ["general", "science", "science"],
        "text": ["the cat sat on the mat .", "the β-phase , the cat", "naïve 東京 ☃"],
    }
)


def build(folder, rows=ROWS):
    word_pieces.build(rows, folder)
    arrays = load_file(folder / "pieces.safetensors")
    return Tokenizer.from_file(str(folder / "tokenizer.json")), arrays["pieces"], arrays["offsets"]


def test_texts_come_back_from_their_pieces_in_the_order_of_the_rows(tmp_path):
    tokenizer, pieces, offsets = build(tmp_path)
    assert pieces.dtype == np.int32
    assert offsets.dtype == np.int64
    assert (offsets[0], offsets[-1], len(offsets)) == (0, len(pieces), 4)
    texts = [tokenizer.decode(pieces[a:b].tolist()).strip() for a, b in pairwise(offsets)]
    assert texts == ROWS["text"].to_list()
    assert pl.read_parquet(tmp_path / "documents.parquet").equals(ROWS.select("id", "domain"))


def test_special_pieces_come_first_and_stand_in_no_text(tmp_path):
    tokenizer, pieces, _ = build(tmp_path)
    assert [tokenizer.token_to_id(one) for one in word_pieces.SPECIAL] == [0, 1, 2, 3, 4]
    assert word_pieces.SPECIAL == ("[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]")
    assert pieces.min() >= 5


def test_a_word_has_the_same_pieces_alone_and_within_a_sentence(tmp_path):
    tokenizer, pieces, offsets = build(tmp_path)
    alone = [piece for word in ROWS["text"][0].split() for piece in tokenizer.encode(word).ids]
    assert pieces[offsets[0] : offsets[1]].tolist() == alone


def test_there_are_no_more_pieces_than_said_and_the_same_each_time(tmp_path):
    random = np.random.default_rng(0)
    words = ["".join(map(chr, random.integers(97, 123, 7))) for _ in range(2000)]
    rows = ROWS.head(1).with_columns(text=pl.lit(" ".join(words * 2)))
    tokenizer, _, _ = build(tmp_path / "one", rows)
    build(tmp_path / "two", rows)
    assert tokenizer.get_vocab_size() == word_pieces.VOCABULARY
    for name in ("tokenizer.json", "pieces.safetensors", "documents.parquet"):
        assert (tmp_path / "one" / name).read_bytes() == (tmp_path / "two" / name).read_bytes()


def test_a_table_without_texts_is_refused(tmp_path):
    with pytest.raises(SchemaError, match="no column 'text'"):
        word_pieces.build(ROWS.drop("text"), tmp_path)
