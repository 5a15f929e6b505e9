"""Writes a GGUF with the shape of a Qwen 2.5 and two layers of zeros: a model that is too large to ship, to measure.

The buffers that llama.cpp computes in depend on the widths of a model and on its words, not on how many layers it has
nor on what its weights are. By hand, in the environment of llama_buffers.py, with `pip install gguf numpy` besides:

    python benchmarks/hollow_model.py 7b hollow-qwen2.5-7b.gguf
    python benchmarks/llama_buffers.py --model hollow-qwen2.5-7b.gguf --to qwen2.5-7b --write
"""

from __future__ import annotations

import sys
from dataclasses import dataclass
from importlib import import_module
from typing import Any

WORDS = 152_064
HEAD_DIM = 128
LAYERS = 2
TRAINED_TOKENS = 32_768
Q4_0 = (32, 18)  # elements of a block, and its bytes


@dataclass(frozen=True)
class Shape:
    """The widths of a model: config.json of Qwen/Qwen2.5-7B-Instruct and Qwen/Qwen2.5-Coder-32B-Instruct."""

    embedding: int
    feed_forward: int
    heads: int
    kv_heads: int


SHAPES = {"7b": Shape(3584, 18_944, 28, 4), "32b": Shape(5120, 27_648, 40, 8)}


def main(name: str, path: str) -> None:
    """Write the model."""
    shape, gguf = SHAPES[name], import_module("gguf")
    writer = gguf.GGUFWriter(path, "qwen2")
    _describe(writer, shape)
    tables = {"token_embd.weight": (WORDS, shape.embedding), "output.weight": (WORDS, shape.embedding)}
    for tensor, size in {**tables, **_layers(shape)}.items():
        _add(writer, gguf, tensor, size)
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()


def _describe(writer: Any, shape: Shape) -> None:
    writer.add_block_count(LAYERS)
    writer.add_context_length(TRAINED_TOKENS)
    writer.add_embedding_length(shape.embedding)
    writer.add_feed_forward_length(shape.feed_forward)
    writer.add_head_count(shape.heads)
    writer.add_head_count_kv(shape.kv_heads)
    writer.add_layer_norm_rms_eps(1e-6)
    writer.add_rope_freq_base(1e6)
    writer.add_tokenizer_model("gpt2")
    writer.add_tokenizer_pre("qwen2")
    writer.add_token_list([f"w{number}" for number in range(WORDS)])
    writer.add_token_types([1] * WORDS)
    writer.add_token_merges(["a b"])
    writer.add_eos_token_id(1)


def _layers(shape: Shape) -> dict[str, tuple[int, ...]]:
    """Return the tensors of the layers, with their rows and the width of a row."""
    width, kv, deep = shape.embedding, shape.kv_heads * HEAD_DIM, shape.feed_forward
    found: dict[str, tuple[int, ...]] = {"output_norm.weight": (width,)}
    for layer in range(LAYERS):
        found |= {f"blk.{layer}.{norm}_norm.weight": (width,) for norm in ("attn", "ffn")}
        for part, rows in (("q", width), ("k", kv), ("v", kv)):
            found |= {f"blk.{layer}.attn_{part}.weight": (rows, width), f"blk.{layer}.attn_{part}.bias": (rows,)}
        found |= {f"blk.{layer}.attn_output.weight": (width, width), f"blk.{layer}.ffn_down.weight": (width, deep)}
        found |= {f"blk.{layer}.ffn_{part}.weight": (deep, width) for part in ("gate", "up")}
    return found


def _add(writer: Any, gguf: Any, tensor: str, size: tuple[int, ...]) -> None:
    """Add a tensor of zeros: a matrix as q4_0, a vector as f32."""
    numpy = import_module("numpy")
    if len(size) == 1:
        writer.add_tensor(tensor, numpy.zeros(size, dtype=numpy.float32))
        return
    rows, width = size
    packed = numpy.zeros((rows, width // Q4_0[0] * Q4_0[1]), dtype=numpy.uint8)
    writer.add_tensor(tensor, packed, raw_dtype=gguf.GGMLQuantizationType.Q4_0)


if __name__ == "__main__":
    main(*sys.argv[1:])
