"""What the study's YAML calls fair is so: networks of equal size, and arms that are equally wide."""

from pathlib import Path

import pytest
import yaml

from retort.nn.gated_experts import GatedExperts, size
from retort.studies.discovery.represent import RANDOM_WIDTH

STUDY = yaml.safe_load(Path("workflow/config/study/discovery.yaml").read_text(encoding="utf-8"))


def ranker(variant: str) -> GatedExperts:
    laptop = STUDY["scales"]["laptop"]
    sizes = STUDY["run"]["ranker"] | laptop["run"]["ranker"]
    for blocks in (STUDY["variants"], laptop["variants"]):
        sizes |= blocks.get(variant, {}).get("settings", {}).get("ranker", {})
    return GatedExperts(132, 6, sizes["experts"], sizes["hidden"], sizes["tower"], alone=sizes["alone"])


def test_a_large_shared_bottom_has_as_many_numbers_as_the_experts():
    assert size(ranker("shared-wide-all")) == pytest.approx(size(ranker("mmoe-all")), rel=0.01)


def test_a_single_task_that_is_as_large_has_the_same_network_six_times():
    mmoe, alone = ranker("mmoe-all"), ranker("single-wide-all")
    assert alone.experts.weights[0].shape[0] == 6 * mmoe.experts.weights[0].shape[0]
    assert alone.gates.weight.shape == mmoe.gates.weight.shape


def test_random_vectors_are_as_wide_as_mat2vec_and_no_arm_is_wider():
    assert RANDOM_WIDTH == STUDY["run"]["width"] == 200
