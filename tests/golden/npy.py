"""Writes npy.json: small files of numpy.save in base64, and the float32 numbers they hold.

Made with Python 3.11, numpy 2.4.6.

    python tests/golden/npy.py && deno fmt tests/golden/npy.json
"""

import base64
import io
import json
import pathlib

import numpy as np

HALF = [0.0, 1.0, -2.5, 65504.0, 6e-8, 0.1]
WHOLE = [0, 1, 2, 3, 5, 127]
SIGNED = [0, -1, 2, -3, 5, -128]


def file_of(array, version=None):
    out = io.BytesIO()
    np.lib.format.write_array(out, array, version=version)
    return base64.b64encode(out.getvalue()).decode()


def entry(array, version=None):
    return {
        "dtype": array.dtype.str,
        "version": version[0] if version else 1,
        "shape": list(array.shape),
        "data": array.astype(np.float32).reshape(-1).tolist(),
        "file": file_of(array, version),
    }


def of(dtype, values, version=None):
    return entry(np.array(values, dtype).reshape(2, 3), version)


golden = {
    "read": [
        *(of(dtype, HALF) for dtype in ("<f2", "<f4", "<f8", ">f2", ">f4", ">f8")),
        *(of(dtype, SIGNED) for dtype in ("|i1", "<i2", "<i4", "<i8", ">i2", ">i4", ">i8")),
        *(of(dtype, WHOLE) for dtype in ("|u1", "<u2", "<u4", "<u8", ">u2", ">u4", ">u8")),
        of("|b1", [1, 0, 0, 1, 1, 0]),
        of("<i8", [2**62 + 1, -(2**63), 2**24 + 1, 0, 1, 2]),
        of("<u8", [2**64 - 1, 2**63, 0, 1, 2, 3]),
        of("<f4", HALF, version=(2, 0)),
        of("<f4", HALF, version=(3, 0)),
    ],
    "written": [
        entry(np.arange(np.prod(shape), dtype="<f4").reshape(shape) / np.float32(3))
        for shape in ((), (0,), (5,), (2, 3), (1, 2, 3, 4), (12, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1))
    ],
    "fortran": file_of(np.asfortranarray(np.arange(6.0).reshape(2, 3))),
    "complex": file_of(np.zeros(2, np.complex64)),
    "text": file_of(np.array(["ab"])),
    "record": file_of(np.zeros(2, [("a", "<f4"), ("b", "<i4")])),
    "overflow": file_of(np.array([[1.0, 2.0, 3.0], [4.0, -1e39, 6.0]])),
    "extremes": file_of(np.array([3.4028234663852886e38, -3.4028235e38, np.inf, -np.inf, np.nan, 1e-50])),
}
path = pathlib.Path(__file__).with_suffix(".json")
path.write_text(json.dumps(golden, indent=1) + "\n")
