"""How many tokens Ollama computes at once, and what it sets aside for them.

Source: Ollama 0.33, server/sched.go:802-916.
"""

from __future__ import annotations

DEFAULT_BATCH = 512  # api/types.go, DefaultOptions; the only one before 0.30
MEDIUM_BATCH = 1024
LARGE_BATCH = 2048
FIT_PERCENT = 80  # of what is available: the most that a further model may be predicted to take
# What of the available memory a larger batch leaves to the model: generationBatchHasHeadroom.
_HEADROOM_PERCENT = {LARGE_BATCH: 60, MEDIUM_BATCH: 75}
_SURCHARGE_BYTES = {LARGE_BATCH: 2 * 2**30, MEDIUM_BATCH: 768 * 2**20, DEFAULT_BATCH: 0}
_SMALLER = {LARGE_BATCH: MEDIUM_BATCH, MEDIUM_BATCH: DEFAULT_BATCH}


def automatic_batch(context_tokens: int, predicted_bytes: int, available_bytes: int) -> int:
    """Return the batch that Ollama 0.30 and later choose: larger for a larger context, as far as memory goes.

    `context_tokens` are those of all parallel requests together. An available memory of 0 limits nothing.
    """
    batch = LARGE_BATCH if context_tokens > 32_768 else MEDIUM_BATCH if context_tokens > 4_096 else DEFAULT_BATCH
    while batch > DEFAULT_BATCH and not _fits(batch, predicted_bytes, available_bytes):
        batch = _SMALLER[batch]
    return batch


def surcharge_bytes(batch: int) -> int:
    """Return what is added to the prediction for a batch: generationBatchSurcharge."""
    return next(extra for least, extra in _SURCHARGE_BYTES.items() if batch >= least or least == DEFAULT_BATCH)


def _fits(batch: int, predicted_bytes: int, available_bytes: int) -> bool:
    if not predicted_bytes or not available_bytes:
        return True
    threshold = available_bytes * FIT_PERCENT // 100
    has_headroom = predicted_bytes <= available_bytes * _HEADROOM_PERCENT[batch] // 100
    return has_headroom and predicted_bytes + surcharge_bytes(batch) <= threshold
