"""Ollama's scheduler as a state machine with effects, in virtual time: who is loaded, who has to go, who waits.

Source: Ollama 0.33 (commit fb307609, 2026-08-21): server/sched.go, llm/llama_server.go, server/routes.go. From
0.30 on it was held, event for event, against what the unmodified scheduler did on recorded traffic
(tests/cases/traces). What is older was read at its tags and not run: see `rules`.

The model: two loops over one map of loaded models, keyed by blob. Functions name the rules that they follow:

2   An arriving request whose model is loaded with the options that it wants is served at once, past the queue.
    Any other joins the queue, which has a limit. Who leaves while queued keeps the place, and is dropped there.
3   A loaded model serves a request unless their contexts differ, each cut to what the model was trained for.
4   A request's keep_alive, if it brings one, is the model's from then on.
5   One request at a time is scheduled, and everybody queued behind it waits: attach it, or load its model, or
    tell one model to go, wait until any model has gone, and think again. While a model loads, nothing is scheduled.
6   Who goes: the idle one with the shortest keep_alive, then the lowest blob; with none idle, that of all.
7   The last user of a model starts its whole keep_alive anew. A busy model that was told to go goes when it is
    idle, unless a later request brought a keep_alive: then that one counts.
8   The first model is always loaded. A further one is, when what it is expected to take (its file, and keys and
    values at f16) is at most 80 % of what is available; nothing else is asked but how many models there may be.
9   Available is the GPU's total less what loaded models really take, and on an Apple GPU no more than what the
    system has free.
10  An unload call marks a model to go like an eviction; one that still loads does not notice.
11  Before 0.30 other rules hold: no clamp before contexts are compared; before 0.11.5 nothing passes the queue, and
    a load is not waited for by the queue, only by another load.

Left out: several GPUs and their recovery of memory, models on the CPU alone (num_gpu 0), an explicit num_batch or
num_gpu, MLX models, loads that run out of memory, and exact ties, which Ollama itself decides by chance.
"""
