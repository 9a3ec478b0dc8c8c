"""Parts of work in several threads: the same results, errors and looks at the cancel button as in one."""

import threading

import pytest
import torch
from picture_samples import scene
from predictor_samples import Bows

from painter_core.painting.painter import PaintOptions, paint
from painter_core.rendering.raster import render
from painter_core.threads import each, only_here, working_together

CPU = torch.device("cpu")


@pytest.fixture(params=[1, 2, 3])
def threads(request):
    """As many threads as PyTorch may have."""
    before = torch.get_num_threads()
    torch.set_num_threads(request.param)
    yield request.param
    torch.set_num_threads(before)


def test_results_come_in_the_order_of_the_parts(threads):
    with torch.no_grad(), working_together(CPU):
        assert each(lambda part: part * part, range(50)) == [part * part for part in range(50)]
        assert each(lambda part: part, []) == []
        assert each(lambda part: -part, [7]) == [-7]


def test_parts_run_side_by_side():
    torch_threads = torch.get_num_threads()
    torch.set_num_threads(3)
    try:
        meeting = threading.Barrier(3, timeout=60)
        with torch.no_grad(), working_together(CPU):
            # only if three of them are at work at the same time does any of them return
            assert len(each(lambda part: meeting.wait(), range(3))) == 3
    finally:
        torch.set_num_threads(torch_threads)


def test_pytorch_is_set_back_whatever_happens(threads):
    with working_together(CPU):
        assert torch.get_num_threads() == 1
        with working_together(CPU):
            assert torch.get_num_threads() == 1
        assert torch.get_num_threads() == 1
    assert torch.get_num_threads() == threads
    with pytest.raises(RuntimeError, match="over"), working_together(CPU):
        raise RuntimeError("over")
    assert torch.get_num_threads() == threads
    before = threading.active_count()
    with torch.no_grad(), working_together(CPU):
        each(lambda part: part, range(9))
    assert threading.active_count() == before


def test_the_first_error_is_raised_and_the_rest_is_left(threads):
    begun = []

    def work(part):
        begun.append(part)
        if part == 5:
            raise ValueError(f"part {part}")
        return part

    with torch.no_grad(), working_together(CPU), pytest.raises(ValueError, match="part 5"):
        each(work, range(1000))
    assert len(begun) < 1000
    with torch.no_grad(), working_together(CPU):
        assert each(lambda part: part, range(4)) == [0, 1, 2, 3]


def test_looks_are_taken_in_the_callers_thread_and_can_cancel(threads):
    here, looked = threading.get_ident(), []

    class Stop(Exception):
        pass

    def look():
        looked.append(threading.get_ident())
        raise Stop

    with torch.no_grad(), working_together(CPU):
        inside = only_here(look)

        def work(part):
            inside()
            return part

        with pytest.raises(Stop):
            each(work, range(200), look)
    assert looked == [here]


def test_a_long_part_ends_when_the_work_is_called_off():
    torch_threads = torch.get_num_threads()
    torch.set_num_threads(2)
    here, waiting = threading.get_ident(), threading.Event()
    try:
        with torch.no_grad(), working_together(CPU):
            look = only_here(None)

            def work(part):
                if threading.get_ident() == here:
                    assert waiting.wait(60)
                    raise ValueError("cancelled")
                waiting.set()
                while True:  # ends by the look alone
                    look()

            with pytest.raises(ValueError, match="cancelled"):
                each(work, range(2))
    finally:
        torch.set_num_threads(torch_threads)


@pytest.mark.parametrize("inference", [False, True])
def test_parts_compute_in_the_callers_mode(inference, threads):
    with torch.inference_mode(inference), torch.no_grad(), working_together(CPU):
        own = torch.zeros(8)

        def work(part):
            own[part] = part  # refused if the tensor were of inference mode and this thread were not
            return torch.is_inference_mode_enabled(), torch.is_grad_enabled()

        assert set(each(work, range(8))) == {(inference, False)}
    assert own.tolist() == list(range(8))


def test_paintings_have_the_same_bits_on_any_number_of_threads():
    torch_threads = torch.get_num_threads()
    picture, results = scene(90, 120), []
    try:
        for number in (1, 2, 3):
            torch.set_num_threads(number)
            strokes = paint(picture, Bows(), PaintOptions(strokes=250, refine=6))
            results.append((strokes, render(strokes, scale=2)))
    finally:
        torch.set_num_threads(torch_threads)
    for strokes, drawn in results[1:]:
        assert torch.equal(strokes.center, results[0][0].center)
        assert torch.equal(strokes.bend, results[0][0].bend)
        assert torch.equal(strokes.color, results[0][0].color)
        assert torch.equal(drawn, results[0][1])
