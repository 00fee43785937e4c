"""Writes ONNX files without the library: the wire format of protocol buffers by hand.

Field numbers are those of onnx.proto. Weights have extents only; their values are said to lie in
another file, which is never written.
"""

import struct

FLOAT, INT64, BOOL = 1, 7, 9


def varint(number):
    number &= (1 << 64) - 1
    out = bytearray()
    while True:
        out.append((number & 0x7F) | (0x80 if number > 0x7F else 0))
        number >>= 7
        if not number:
            return bytes(out)


def whole(field, number):
    return varint(field << 3) + varint(number)


def real(field, number):
    return varint(field << 3 | 5) + struct.pack("<f", number)


def data(field, content):
    content = content.encode() if isinstance(content, str) else content
    return varint(field << 3 | 2) + varint(len(content)) + content


def tensor(name, dims, kind, values=None):
    out = b"".join(whole(1, extent) for extent in dims) + whole(2, kind) + data(8, name)
    if values is None:
        where = data(1, "location") + data(2, "weights.bin")
        return out + data(13, where) + whole(14, 1)
    form = {FLOAT: "f", INT64: "q", BOOL: "?"}[kind]
    return out + data(9, struct.pack("<%d%s" % (len(values), form), *values))


def attribute(name, value):
    out = data(1, name)
    if isinstance(value, bytes):  # a tensor
        return out + data(5, value) + whole(20, 4)
    if isinstance(value, str):
        return out + data(4, value) + whole(20, 3)
    if isinstance(value, float):
        return out + real(2, value) + whole(20, 1)
    if isinstance(value, int):
        return out + whole(3, value) + whole(20, 2)
    return out + b"".join(whole(8, each) for each in value) + whole(20, 7)


def value_info(name, dims, kind):
    shape = b"".join(
        data(1, data(2, extent) if isinstance(extent, str) else whole(1, extent)) for extent in dims)
    return data(1, name) + data(2, data(1, whole(1, kind) + data(2, shape)))


class Graph:
    """Nodes in the order of their making; each call returns the name of its output."""

    def __init__(self):
        self.parts = []
        self.count = 0

    def put(self, field, content):
        self.parts.append(data(field, content))

    def input(self, name, dims, kind=FLOAT):
        self.put(11, value_info(name, dims, kind))
        return name

    def output(self, name, dims=(), kind=FLOAT):
        self.put(12, value_info(name, dims, kind))

    def weight(self, name, *dims, kind=FLOAT):
        self.put(5, tensor(name, dims, kind))
        return name

    def ints(self, *values):
        return self.op("Constant", value=tensor("", (len(values),), INT64, values))

    def scalar(self, value):
        kind = INT64 if isinstance(value, int) else FLOAT
        return self.op("Constant", value=tensor("", (), kind, (value,)))

    def op(self, kind, *inputs, outputs=1, name="", **attributes):
        self.count += 1
        name = name or "/%s_%d" % (kind, self.count)
        results = ["%s_output_%d" % (name, i) for i in range(outputs)]
        out = b"".join(data(1, each) for each in inputs)
        out += b"".join(data(2, each) for each in results)
        out += data(3, name) + data(4, kind)
        out += b"".join(data(5, attribute(key, value)) for key, value in attributes.items())
        self.put(1, out)
        return results[0] if outputs == 1 else results

    def text(self, opset=17):
        graph = b"".join(self.parts) + data(2, "main_graph")
        return whole(1, 8) + data(2, "pytorch") + data(7, graph) + data(8, whole(2, opset))
