"""Three small documents with everything that the study reads: nested and wide spans, relations, clusters."""

import polars as pl

from retort.studies.scitext.data import Annotations, Document, Entity, Relation, Span

STRUCTS = {
    "entities": pl.List(pl.Struct({"start": pl.Int64, "end": pl.Int64, "type": pl.String})),
    "relations": pl.List(
        pl.Struct(
            {
                **dict.fromkeys(("head_start", "head_end", "tail_start", "tail_end"), pl.Int64),
                "type": pl.String,
            }
        )
    ),
    "clusters": pl.List(pl.List(pl.Struct({"start": pl.Int64, "end": pl.Int64}))),
}


def three() -> list[Document]:
    """A document of three sentences, one of two with a wide and a nested entity, one without any annotation."""
    return [
        Document(
            "alpha",
            [
                ["we", "present", "a", "span", "model", "for", "parsing", "."],
                ["it", "uses", "beam", "search", "."],
                ["the", "model", "beats", "a", "tagger", "on", "treebanks", "."],
            ],
            Annotations(
                [
                    Entity(3, 5, "Method"),
                    Entity(6, 7, "Task"),
                    Entity(8, 9, "Generic"),
                    Entity(10, 12, "Method"),
                    Entity(14, 15, "Generic"),
                    Entity(17, 18, "Method"),
                    Entity(19, 20, "Material"),
                ],
                [
                    Relation(3, 5, 6, 7, "Used-for"),
                    Relation(10, 12, 8, 9, "Used-for"),
                    Relation(14, 15, 17, 18, "Compare"),
                ],
                [[Span(3, 5), Span(8, 9), Span(14, 15)]],
            ),
            "train",
        ),
        Document(
            "beta",
            [
                [
                    "a",
                    "very",
                    "long",
                    "name",
                    "of",
                    "one",
                    "single",
                    "thing",
                    "that",
                    "is",
                    "a",
                    "method",
                    "beats",
                    "noise",
                ],
                ["noise", "ruins", "the", "thing"],
            ],
            Annotations(
                [
                    Entity(1, 12, "Method"),
                    Entity(3, 4, "Task"),
                    Entity(13, 14, "Material"),
                    Entity(14, 15, "Material"),
                ],
                [Relation(1, 12, 13, 14, "Compare"), Relation(3, 4, 13, 14, "Used-for")],
                [[Span(13, 14), Span(14, 15)]],
            ),
            "train",
        ),
        Document("gamma", [["nothing", "is", "said", "here"]], Annotations(), "train"),
    ]


def table(documents: list[Document]) -> pl.DataFrame:
    """Documents as a prepared table has them."""
    rows = [
        {
            "id": each.id,
            "published": None,
            "sentences": [list(sentence) for sentence in each.sentences],
            "entities": [entity._asdict() for entity in each.gold.entities],
            "relations": [relation._asdict() for relation in each.gold.relations],
            "clusters": [[span._asdict() for span in cluster] for cluster in each.gold.clusters],
        }
        for each in documents
    ]
    for row in rows:
        for said in [*row["entities"], *row["relations"]]:
            del said["score"]
    schema = {"id": pl.String, "published": pl.String, "sentences": pl.List(pl.List(pl.String))}
    return pl.DataFrame(rows, schema=pl.Schema(schema | STRUCTS))
