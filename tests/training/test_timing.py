"""Times that can be compared."""

import torch

from retort.training.timing import fastest, one_thread, seconds


def test_one_call_warms_up():
    calls = []
    fastest(lambda: calls.append("work"), 2)
    assert calls == ["work"] * 3


def test_work_takes_time():
    assert seconds(lambda: sum(range(200_000))) > seconds(lambda: None)


def test_threads_come_back():
    before = torch.get_num_threads()
    with one_thread():
        assert torch.get_num_threads() == 1
    assert torch.get_num_threads() == before
