"""Write examples/models/tiny_classifier.onnx: a small image classifier of our own making.

Conv 3x3 (3 to 16 channels), Relu, GlobalAveragePool, Flatten, Gemm (16 to 10 classes), Softmax. It takes
images of any size, has the same bytes wherever it is made, and needs no package: an ONNX file is a protobuf
message, and the few kinds of fields that it uses are written here by hand. Its weights are untrained; it is
for timing only.

Usage: python examples/scripts/make_tiny_model.py [FILE]
"""

from __future__ import annotations

import hashlib
import struct
import sys
from pathlib import Path

DEFAULT_FILE = Path(__file__).resolve().parent.parent / "models" / "tiny_classifier.onnx"
SEVEN_BITS = 1 << 7
CHANNELS, CLASSES, KERNEL = 16, 10, 3
FLOAT32 = 1  # TensorProto.DataType
INTS = 7  # AttributeProto.AttributeType
IR_VERSION, OPSET = 8, 13


def varint(value: int) -> bytes:
    """Write a non-negative integer in protobuf's base-128 form."""
    out = bytearray()
    while value >= SEVEN_BITS:
        out.append(value % SEVEN_BITS | SEVEN_BITS)
        value //= SEVEN_BITS
    out.append(value)
    return bytes(out)


def field(number: int, value: int | str | bytes) -> bytes:
    """Write one field: an integer as a varint; text, bytes or a whole message with its length before it."""
    if isinstance(value, int):
        return varint(number << 3) + varint(value)
    data = value.encode("utf-8") if isinstance(value, str) else value
    return varint(number << 3 | 2) + varint(len(data)) + data


def fields(number: int, values: tuple[int | str | bytes, ...]) -> bytes:
    """Write a repeated field."""
    return b"".join(field(number, value) for value in values)


def weights(name: str, shape: tuple[int, ...]) -> bytes:
    """Write a TensorProto with values in [-0.5, 0.5) that follow from its name alone."""
    count = 1
    for size in shape:
        count *= size
    words = (hashlib.sha256(f"{name}:{index}".encode()).digest()[:4] for index in range(count))
    numbers = [int.from_bytes(word, "big") / 2**32 - 0.5 for word in words]
    raw = struct.pack(f"<{count}f", *numbers)
    return fields(1, shape) + field(2, FLOAT32) + field(8, name) + field(9, raw)


def attribute(name: str, values: tuple[int, ...]) -> bytes:
    """Write an AttributeProto that holds integers."""
    return field(1, name) + fields(8, values) + field(20, INTS)


def node(kind: str, inputs: tuple[str, ...], output: str, attributes: tuple[bytes, ...] = ()) -> bytes:
    """Write a NodeProto, named after what it makes."""
    return fields(1, inputs) + field(2, output) + field(3, output) + field(4, kind) + fields(5, attributes)


def value_info(name: str, shape: tuple[int | str, ...]) -> bytes:
    """Write a ValueInfoProto: a float tensor, each of whose sizes is fixed (int) or free (its name)."""
    sizes = tuple(field(1, size) if isinstance(size, int) else field(2, size) for size in shape)
    tensor = field(1, FLOAT32) + field(2, fields(1, sizes))
    return field(1, name) + field(2, field(1, tensor))


def model() -> bytes:
    """The whole ModelProto."""
    nodes = (
        node(
            "Conv",
            ("image", "conv.weight", "conv.bias"),
            "features",
            (attribute("kernel_shape", (KERNEL, KERNEL)), attribute("pads", (1, 1, 1, 1))),
        ),
        node("Relu", ("features",), "active"),
        node("GlobalAveragePool", ("active",), "pooled"),
        node("Flatten", ("pooled",), "flat"),
        node("Gemm", ("flat", "dense.weight", "dense.bias"), "scores"),
        node("Softmax", ("scores",), "probabilities"),
    )
    tensors = (
        weights("conv.weight", (CHANNELS, 3, KERNEL, KERNEL)),
        weights("conv.bias", (CHANNELS,)),
        weights("dense.weight", (CHANNELS, CLASSES)),
        weights("dense.bias", (CLASSES,)),
    )
    graph = (
        fields(1, nodes)
        + field(2, "tiny_classifier")
        + fields(5, tensors)
        + field(11, value_info("image", ("batch", 3, "height", "width")))
        + field(12, value_info("probabilities", ("batch", CLASSES)))
    )
    opset = field(1, "") + field(2, OPSET)
    return field(1, IR_VERSION) + field(2, "edgeenv-examples") + field(7, graph) + field(8, opset)


def main(arguments: list[str]) -> int:
    """Write the model and say what was written."""
    if len(arguments) > 1:
        print(__doc__, file=sys.stderr)
        return 2
    target = Path(arguments[0]) if arguments else DEFAULT_FILE
    data = model()
    target.write_bytes(data)
    print(f"{target}: {len(data)} bytes, sha256 {hashlib.sha256(data).hexdigest()}")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
