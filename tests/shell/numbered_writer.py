"""A proxy that does nothing but write: numbered lines, each in one write, as fast as it can until a file appears.

In the end it says how many there were.
"""

import os
import socket
import sys

name, port, stop, count = sys.argv[1:5]
with socket.create_server(("127.0.0.1", int(port))):
    number = 0
    while number % 100 or not os.path.exists(stop):  # noqa: PTH110 - pathlib would be most of the loop
        os.write(1, b"%s %d\n" % (name.encode(), number))
        number += 1
with open(f"{count}.new", "w", encoding="ascii") as file:  # noqa: PTH123
    file.write(str(number))
os.replace(f"{count}.new", count)  # noqa: PTH105
