"""What benchmarks/no_request_lost.py is made of: clients, what is checked of each answer, and what is told of it."""
