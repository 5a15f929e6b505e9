"""The rules of the scheduler that no recorded trace shows, one by one."""

from __future__ import annotations

from dataclasses import replace

from ccdeploy.ollama.model import Model
from ccdeploy.ollama.scheduler.effects import Effect
from ccdeploy.ollama.scheduler.machine import Scheduler
from ccdeploy.ollama.scheduler.runner import Wish
from ccdeploy.ollama.server import Server

ONE_GIB = 2**30
SERVER = Server("0.33.0", gpu_total_bytes=10 * ONE_GIB)
A = Model("a", "sha256-a", file_bytes=ONE_GIB, layers=1, heads=1, kv_heads=1, embedding=1, train_ctx_tokens=32768)
B = replace(A, name="b", blob="sha256-b")


def happened(scheduler: Scheduler) -> list[str]:
    """Return what was done since the last call, as words."""
    words = []
    for _, effect in scheduler.take():
        about = effect.model if isinstance(effect, Effect) else str(effect.id)
        words.append(f"{type(effect).__name__.lower()} {about}")
    return words


def loaded(*models: Model, server: Server = SERVER, num_ctx: int | None = 4096) -> Scheduler:
    """Return a scheduler that has loaded the models, each by a request that was served at once; time is 1 s a model."""
    scheduler = Scheduler(server)
    for number, model in enumerate(models):
        scheduler.arrive(Wish(-1 - number, model, num_ctx), number)
        scheduler.loaded(model.blob, number + 0.5)
        scheduler.finished(-1 - number, number + 0.9)
    scheduler.take()
    return scheduler


def test_an_unload_call_lets_an_idle_model_go_at_once() -> None:
    """Rule 10.2."""
    scheduler = loaded(A)
    scheduler.unload(A.blob, 2.0)
    assert happened(scheduler) == ["unload a"]


def test_an_unload_call_waits_for_who_is_served() -> None:
    """Rule 10.2: and a later request that brings no keep_alive does not save the model."""
    scheduler = loaded(A)
    scheduler.arrive(Wish(1, A, 4096), 2.0)
    scheduler.unload(A.blob, 2.1)
    scheduler.arrive(Wish(2, A, 4096), 2.2)
    scheduler.finished(1, 3.0)
    assert happened(scheduler) == ["admitted 1", "admitted 2"]
    scheduler.finished(2, 4.0)
    assert happened(scheduler) == ["unload a"]


def test_a_keep_alive_saves_a_busy_model_that_was_to_go() -> None:
    """Rule 7.4: the load that waits for it then waits for all of that keep_alive."""
    server = replace(SERVER, max_loaded_models=1)
    scheduler = loaded(A, server=server)
    scheduler.arrive(Wish(1, A, 4096), 2.0)
    scheduler.arrive(Wish(2, B, 4096), 2.1)
    scheduler.arrive(Wish(3, A, 4096, keep_alive_s=60.0), 2.2)
    scheduler.finished(1, 3.0)
    scheduler.finished(3, 4.0)
    assert happened(scheduler) == ["admitted 1", "admitted 3"]
    scheduler.advance(64.0)
    assert happened(scheduler) == ["unload a", "load b"]


def test_an_unload_call_for_a_model_that_still_loads_does_nothing() -> None:
    """Rule 10.2."""
    scheduler = Scheduler(SERVER)
    scheduler.arrive(Wish(1, A, 4096), 0.0)
    scheduler.unload(A.blob, 0.1)
    scheduler.loaded(A.blob, 1.0)
    scheduler.finished(1, 2.0)
    assert happened(scheduler) == ["load a", "loaded a", "admitted 1"]


def test_a_client_that_leaves_while_a_victim_goes_leaves_nothing_loaded() -> None:
    """Rule 5.6: the victim dies for nobody."""
    server = replace(SERVER, max_loaded_models=1)
    scheduler = loaded(A, server=server)
    scheduler.arrive(Wish(1, A, 4096), 2.0)
    scheduler.arrive(Wish(2, B, 4096), 2.1)
    scheduler.leave(2, 2.2)
    scheduler.finished(1, 3.0)
    assert happened(scheduler) == ["admitted 1", "unload a", "load b", "abort b", "unload b"]


def test_contexts_are_compared_as_they_are_given() -> None:
    """Rule 3: 131072 on a model that was trained for 32768 is 32768, and no reload."""
    scheduler = loaded(A, num_ctx=32768)
    scheduler.arrive(Wish(1, A, 131072), 2.0)
    assert happened(scheduler) == ["admitted 1"]


def test_contexts_that_nobody_named_are_equal() -> None:
    """Rule 3: the tier decides for both; an explicit one that differs is a reload."""
    scheduler = loaded(A, num_ctx=None)
    scheduler.arrive(Wish(1, A), 2.0)
    scheduler.arrive(Wish(2, A, 8192), 3.0)
    scheduler.finished(1, 4.0)
    assert happened(scheduler) == ["admitted 1", "unload a", "load a"]


def test_exactly_the_threshold_fits() -> None:
    """Rule 8.7: 80 % of what is available, in whole bytes."""
    taken = A.file_bytes or 0
    exact = Model("x", "sha256-x", file_bytes=(10 * ONE_GIB - taken) * 80 // 100, layers=0)
    sized = replace(A, resident_bytes=taken)
    scheduler = loaded(sized)
    scheduler.arrive(Wish(1, exact, 4096), 2.0)
    assert happened(scheduler) == ["load x"]
    scheduler = loaded(sized)
    scheduler.arrive(Wish(1, replace(exact, file_bytes=(exact.file_bytes or 0) + 1), 4096), 2.0)
    assert happened(scheduler) == ["unload a", "load x"]


def test_what_the_system_has_free_is_a_limit_too() -> None:
    """Rule 8.4: an Apple GPU has no memory of its own."""
    scheduler = loaded(A, server=replace(SERVER, system_free_bytes=ONE_GIB))
    scheduler.arrive(Wish(1, B, 4096), 2.0)
    assert happened(scheduler) == ["unload a", "load b"]


def test_an_idle_model_for_ever_goes_before_a_busy_one() -> None:
    """Rule 6: keep_alive -1 is no pin."""
    scheduler = loaded(A, B, server=replace(SERVER, max_loaded_models=2))
    scheduler.arrive(Wish(1, A, 4096, keep_alive_s=float("inf")), 3.0)
    scheduler.finished(1, 3.5)
    scheduler.arrive(Wish(2, B, 4096), 4.0)
    scheduler.arrive(Wish(3, replace(A, name="c", blob="sha256-c"), 4096), 5.0)
    assert happened(scheduler) == ["admitted 1", "admitted 2", "unload a", "load c"]


def test_before_0_11_5_nobody_passes_the_queue() -> None:
    """Rule 11: a hit on a loaded model waits behind a load that waits for room."""
    old = replace(SERVER, version="0.11.4", max_loaded_models=2)
    scheduler = loaded(A, B, server=old)
    scheduler.arrive(Wish(1, A, 4096), 3.0)
    scheduler.arrive(Wish(2, B, 4096), 3.0)
    scheduler.arrive(Wish(3, replace(A, name="c", blob="sha256-c"), 4096), 3.1)
    scheduler.arrive(Wish(4, B, 4096), 3.2)
    assert happened(scheduler) == ["admitted 1", "admitted 2"]
    new = loaded(A, B, server=replace(old, version="0.33.0"))
    new.arrive(Wish(1, A, 4096), 3.0)
    new.arrive(Wish(2, B, 4096), 3.0)
    new.arrive(Wish(3, replace(A, name="c", blob="sha256-c"), 4096), 3.1)
    new.arrive(Wish(4, B, 4096), 3.2)
    assert happened(new) == ["admitted 1", "admitted 2", "admitted 4"]


def test_before_0_11_5_a_second_load_goes_to_the_back_of_the_queue() -> None:
    """Rule 11: it waits for the first, and a quarter of a second more."""
    scheduler = Scheduler(replace(SERVER, version="0.11.4"))
    scheduler.arrive(Wish(1, A, 4096), 0.0)
    scheduler.arrive(Wish(2, B, 4096), 0.1)
    scheduler.loaded(A.blob, 1.0)
    assert happened(scheduler) == ["load a", "loaded a", "admitted 1"]
    scheduler.advance(1.25)
    assert happened(scheduler) == ["load b"]


def test_before_0_30_contexts_are_compared_as_they_are_asked_for() -> None:
    """Rule 11: 131072 is another one than 32768, whatever the model was trained for."""
    scheduler = loaded(A, server=replace(SERVER, version="0.24.1"), num_ctx=32768)
    scheduler.arrive(Wish(1, A, 131072), 2.0)
    assert happened(scheduler) == ["unload a", "load a"]


def test_before_0_11_5_who_left_while_its_model_loaded_for_another_does_not_hold_it() -> None:
    """Rule 11: nobody would ever tell that it is finished."""
    scheduler = Scheduler(replace(SERVER, version="0.11.4"))
    scheduler.arrive(Wish(1, A, 4096, 0.0), 0.0)
    scheduler.arrive(Wish(2, A, 4096), 0.1)
    scheduler.leave(2, 0.5)
    scheduler.loaded(A.blob, 1.0)
    scheduler.finished(1, 2.0)
    assert happened(scheduler) == ["load a", "loaded a", "admitted 1", "unload a"]


def test_who_is_not_known_cannot_leave() -> None:
    """A client that was turned away leaves too, and a later request with its number is served."""
    scheduler = Scheduler(SERVER)
    scheduler.leave(1, 0.0)
    scheduler.arrive(Wish(1, A, 4096), 1.0)
    assert happened(scheduler) == ["load a"]
    scheduler.loaded(A.blob, 2.0)
    assert happened(scheduler) == ["loaded a", "admitted 1"]
