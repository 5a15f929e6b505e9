"""What the project of a test knows of the models that its configs ask for."""

MODELS = """\
models:
  tiny:latest: {file_size: 52MB, layers: 4, heads: 4, kv_heads: 2, embedding: 256, head_dim: 64, feed_forward: 1024,
    vocabulary: 32000, trained_context: 8192, completion: true}
"""
