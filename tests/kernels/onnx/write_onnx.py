"""write_onnx.py FOLDER: networks as PyTorch exports them, with normalisations, GELUs and attention
written as several operators, and shapes computed from those of the inputs."""

import pathlib
import sys

from onnx_writer import BOOL, FLOAT, INT64, Graph, tensor


def conv(g, x, name, channels, out, kernel, stride=1, padding=0, bias=False, **more):
    weights = [g.weight(name + ".weight", out, channels // more.get("group", 1), kernel, kernel)]
    if bias:
        weights.append(g.weight(name + ".bias", out))
    return g.op("Conv", x, *weights, name="/" + name, kernel_shape=[kernel] * 2,
                strides=[stride] * 2, pads=[padding] * 4, **more)


def batch_norm(g, x, name, channels):
    parts = [g.weight(name + "." + part, channels)
             for part in ("weight", "bias", "running_mean", "running_var")]
    return g.op("BatchNormalization", x, *parts, epsilon=1e-5, momentum=0.9)


def bottleneck(g, x, name, channels, width, stride):
    out = 4 * width
    y = g.op("Relu", batch_norm(g, conv(g, x, name + ".conv1", channels, width, 1), name + ".bn1", width))
    y = conv(g, y, name + ".conv2", width, width, 3, stride, 1)
    y = g.op("Relu", batch_norm(g, y, name + ".bn2", width))
    y = batch_norm(g, conv(g, y, name + ".conv3", width, out, 1), name + ".bn3", out)
    if channels != out:
        x = conv(g, x, name + ".downsample.0", channels, out, 1, stride)
        x = batch_norm(g, x, name + ".downsample.1", out)
    return g.op("Relu", g.op("Add", y, x))


def resnet50():
    g = Graph()
    x = g.input("input", ("batch", 3, 224, 224))
    x = g.op("Relu", batch_norm(g, conv(g, x, "conv1", 3, 64, 7, 2, 3), "bn1", 64))
    x = g.op("MaxPool", x, kernel_shape=[3, 3], strides=[2, 2], pads=[1] * 4)
    channels = 64
    for stage, blocks in enumerate((3, 4, 6, 3)):
        for i in range(blocks):
            stride = 2 if stage > 0 and i == 0 else 1
            x = bottleneck(g, x, "layer%d.%d" % (stage + 1, i), channels, 64 << stage, stride)
            channels = 256 << stage
    x = g.op("Flatten", g.op("GlobalAveragePool", x), axis=1)
    x = g.op("Gemm", x, g.weight("fc.weight", 1000, 2048), g.weight("fc.bias", 1000), transB=1)
    g.output(x, ("batch", 1000))
    return g


def layer_norm(g, x, name, hidden):
    centred = g.op("Sub", x, g.op("ReduceMean", x, axes=[-1]))
    variance = g.op("ReduceMean", g.op("Pow", centred, g.scalar(2.0)), axes=[-1])
    deviation = g.op("Sqrt", g.op("Add", variance, g.scalar(1e-12)))
    scaled = g.op("Mul", g.op("Div", centred, deviation), g.weight(name + ".weight", hidden))
    return g.op("Add", scaled, g.weight(name + ".bias", hidden))


def gelu(g, x):
    erf = g.op("Erf", g.op("Div", x, g.scalar(1.4142135)))
    return g.op("Mul", g.op("Mul", x, g.op("Add", erf, g.scalar(1.0))), g.scalar(0.5))


def gelu_tanh(g, x):
    cube = g.op("Mul", g.op("Pow", x, g.scalar(3.0)), g.scalar(0.044715))
    inner = g.op("Mul", g.op("Add", x, cube), g.scalar(0.7978846))
    return g.op("Mul", g.op("Mul", x, g.scalar(0.5)),
                g.op("Add", g.op("Tanh", inner), g.scalar(1.0)))


def linear(g, x, name, inputs, outputs):
    """Exporters transpose the weight and give it a number for a name."""
    product = g.op("MatMul", x, g.weight("onnx::" + name, inputs, outputs), name="/" + name)
    return g.op("Add", g.weight(name + ".bias", outputs), product)


def extent(g, x, axis):
    one = g.op("Gather", g.op("Shape", x), g.scalar(axis), axis=0)
    return g.op("Unsqueeze", one, g.ints(0))


def by_heads(g, x, like, heads, features, order):
    shape = g.op("Concat", extent(g, like, 0), extent(g, like, 1), g.ints(heads), g.ints(features),
                 axis=0)
    return g.op("Transpose", g.op("Reshape", x, shape), perm=order)


def without_heads(g, x, hidden):
    x = g.op("Transpose", x, perm=[0, 2, 1, 3])
    shape = g.op("Concat", extent(g, x, 0), extent(g, x, 1), g.ints(hidden), axis=0)
    return g.op("Reshape", x, shape)


def bert_layer(g, x, mask, name, hidden, heads, ffn):
    part = [linear(g, x, name + ".attention.self." + each, hidden, hidden)
            for each in ("query", "key", "value")]
    features = hidden // heads
    queries = by_heads(g, part[0], x, heads, features, [0, 2, 1, 3])
    keys = by_heads(g, part[1], x, heads, features, [0, 2, 3, 1])
    values = by_heads(g, part[2], x, heads, features, [0, 2, 1, 3])
    scores = g.op("Div", g.op("MatMul", queries, keys), g.scalar(features**0.5))
    weights = g.op("Softmax", g.op("Add", scores, mask), axis=-1)
    y = without_heads(g, g.op("MatMul", weights, values), hidden)
    y = linear(g, y, name + ".attention.output.dense", hidden, hidden)
    x = layer_norm(g, g.op("Add", y, x), name + ".attention.output.LayerNorm", hidden)
    y = gelu(g, linear(g, x, name + ".intermediate.dense", hidden, ffn))
    y = linear(g, y, name + ".output.dense", ffn, hidden)
    return layer_norm(g, g.op("Add", y, x), name + ".output.LayerNorm", hidden)


def bert(layers=12, hidden=768, heads=12, vocabulary=30522, positions=512):
    """Its scores use the weights of the embedding."""
    g = Graph()
    ids, mask, types = (g.input(name, ("batch", "sequence"), INT64)
                        for name in ("input_ids", "attention_mask", "token_type_ids"))
    mask = g.op("Unsqueeze", g.op("Unsqueeze", mask, g.ints(1)), g.ints(2))
    mask = g.op("Sub", g.scalar(1.0), g.op("Cast", mask, to=1))
    mask = g.op("Mul", mask, g.scalar(-10000.0))
    table = g.weight("embeddings.word_embeddings.weight", vocabulary, hidden)
    x = g.op("Add", g.op("Gather", table, ids),
             g.op("Gather", g.weight("embeddings.token_type_embeddings.weight", 2, hidden), types))
    place = g.op("Slice", g.weight("embeddings.position_ids", 1, positions, kind=INT64), g.ints(0),
                 extent(g, ids, 1), g.ints(1), g.ints(1))
    rows = g.weight("embeddings.position_embeddings.weight", positions, hidden)
    x = g.op("Add", x, g.op("Gather", rows, place))
    x = layer_norm(g, x, "embeddings.LayerNorm", hidden)
    for i in range(layers):
        x = bert_layer(g, x, mask, "encoder.layer.%d" % i, hidden, heads, 4 * hidden)
    first = g.op("Gather", x, g.scalar(0), axis=1)
    pooled = g.op("Gemm", first, g.weight("pooler.dense.weight", hidden, hidden),
                  g.weight("pooler.dense.bias", hidden), transB=1)
    pooled = g.op("Tanh", pooled)
    scores = g.op("MatMul", x, g.op("Transpose", table, perm=[1, 0]))
    g.output(scores, ("batch", "sequence", vocabulary))
    g.output(pooled, ("batch", hidden))
    return g


def conv1d(g, x, name, inputs, outputs):
    """The dense layer of GPT-2: all steps of all samples at once."""
    shape = g.op("Concat", extent(g, x, 0), extent(g, x, 1), g.ints(outputs), axis=0)
    flat = g.op("Reshape", x, g.ints(-1, inputs))
    product = g.op("Gemm", flat, g.weight(name + ".weight", inputs, outputs),
                   g.weight(name + ".bias", outputs))
    return g.op("Reshape", product, shape)


def gpt_layer(g, x, causal, name, hidden, heads):
    features = hidden // heads
    y = layer_norm(g, x, name + ".ln_1", hidden)
    packed = conv1d(g, y, name + ".attn.c_attn", hidden, 3 * hidden)
    queries, keys, values = g.op("Split", packed, g.ints(hidden, hidden, hidden), outputs=3, axis=2)
    queries = by_heads(g, queries, x, heads, features, [0, 2, 1, 3])
    keys = by_heads(g, keys, x, heads, features, [0, 2, 1, 3])
    values = by_heads(g, values, x, heads, features, [0, 2, 1, 3])
    scores = g.op("MatMul", queries, g.op("Transpose", keys, perm=[0, 1, 3, 2]))
    scores = g.op("Div", scores, g.scalar(features**0.5))
    steps = extent(g, x, 1)
    seen = g.op("Slice", causal, g.ints(0), steps, g.ints(2), g.ints(1))
    seen = g.op("Slice", seen, g.ints(0), steps, g.ints(3), g.ints(1))
    scores = g.op("Where", seen, scores, g.scalar(-3.4e38))
    y = without_heads(g, g.op("MatMul", g.op("Softmax", scores, axis=-1), values), hidden)
    x = g.op("Add", conv1d(g, y, name + ".attn.c_proj", hidden, hidden), x)
    y = layer_norm(g, x, name + ".ln_2", hidden)
    y = gelu_tanh(g, conv1d(g, y, name + ".mlp.c_fc", hidden, 4 * hidden))
    return g.op("Add", x, conv1d(g, y, name + ".mlp.c_proj", 4 * hidden, hidden))


def gpt(layers=12, hidden=768, heads=12, vocabulary=50257, positions=1024):
    g = Graph()
    ids = g.input("input_ids", ("batch", "sequence"), INT64)
    flat = g.op("Reshape", ids, g.op("Concat", g.ints(-1), extent(g, ids, 1), axis=0))
    table = g.weight("wte.weight", vocabulary, hidden)
    steps = g.op("Gather", g.op("Shape", flat), g.scalar(1), axis=0)
    place = g.op("Unsqueeze", g.op("Range", g.scalar(0), steps, g.scalar(1)), g.ints(0))
    causal = g.weight("bias", 1, 1, positions, positions, kind=BOOL)
    x = g.op("Add", g.op("Gather", table, flat),
             g.op("Gather", g.weight("wpe.weight", positions, hidden), place))
    for i in range(layers):
        x = gpt_layer(g, x, causal, "h.%d" % i, hidden, heads)
    x = layer_norm(g, x, "ln_f", hidden)
    g.output(g.op("MatMul", x, g.op("Transpose", table, perm=[1, 0])))
    return g


def images():
    """Windows of all kinds; 16x16 pixels of 4 channels."""
    g = Graph()
    x = g.input("image", ("N", 4, 16, 16))
    x = conv(g, x, "grouped", 4, 8, 3, padding=1, bias=True, group=2)
    x = g.op("LeakyRelu", x, alpha=0.1)
    x = g.op("Conv", x, g.weight("dilated.weight", 8, 8, 3, 3), dilations=[2, 2], pads=[2] * 4)
    x = g.op("Clip", x, g.scalar(0.0), g.scalar(6.0))
    squeezed = g.op("ReduceMean", x, axes=[2, 3])
    squeezed = g.op("Mul", squeezed, g.op("Sigmoid", squeezed))
    gate = g.op("Sigmoid", conv(g, squeezed, "gate", 8, 8, 1, bias=True))
    x = g.op("Mul", gate, x)
    x = g.op("AveragePool", g.op("LRN", x, size=5), kernel_shape=[2, 2], strides=[2, 2])
    up = g.op("ConvTranspose", x, g.weight("up.weight", 8, 6, 2, 2), strides=[2, 2])
    down = g.op("Conv", up, g.weight("same.weight", 6, 6, 3, 3), auto_pad="SAME_UPPER",
                strides=[2, 2])
    x = g.op("Concat", x, down, axis=1)
    x = g.op("Resize", x, "", g.op("Constant", value=tensor("", (4,), FLOAT, (1, 1, 2, 2))))
    x = g.op("MaxPool", x, kernel_shape=[3, 3], strides=[2, 2], ceil_mode=1)
    x = g.op("Dropout", x, ratio=0.25)
    x = g.op("Reshape", x, g.ints(0, -1))
    x = g.op("MatMul", x, g.weight("fc.weight", 14 * 8 * 8, 10))
    g.output(g.op("Softmax", x, axis=1))
    return g


def volumes():
    g = Graph()
    x = g.input("film", (2, 3, 4, 8, 8))
    x = g.op("Conv", x, g.weight("conv.weight", 5, 3, 3, 3, 3), pads=[1] * 6)
    x = g.op("MaxPool", g.op("Relu", x), kernel_shape=[2, 2, 2], strides=[2, 2, 2])
    x = g.op("Flatten", g.op("GlobalAveragePool", x))
    g.output(g.op("Gemm", x, g.weight("fc.weight", 7, 5), g.weight("fc.bias", 7), transB=1))
    return g


def recurrent():
    """Two directions, then one; steps stand before samples in between."""
    g = Graph()
    x = g.input("x", ("batch", "time", 6))
    x = g.op("Transpose", x, perm=[1, 0, 2])
    x = g.op("LSTM", x, g.weight("w0", 2, 16, 6), g.weight("r0", 2, 16, 4), g.weight("b0", 2, 32),
             direction="bidirectional", hidden_size=4)
    x = g.op("Reshape", g.op("Transpose", x, perm=[0, 2, 1, 3]), g.ints(0, 0, -1))
    _, x = g.op("LSTM", x, g.weight("w1", 1, 20, 8), g.weight("r1", 1, 20, 5), g.weight("b1", 1, 40),
                outputs=2, hidden_size=5)
    x = g.op("Squeeze", x, g.ints(0))
    g.output(g.op("Gemm", x, g.weight("fc.weight", 3, 5), g.weight("fc.bias", 3), transB=1))
    return g


def patches(hidden=12, heads=3, side=8, patch=4):
    """A transformer of image patches whose queries, keys and values are cut along a new axis."""
    g = Graph()
    steps = (side // patch) ** 2
    x = g.input("image", (1, 3, side, side))
    x = conv(g, x, "patches", 3, hidden, patch, patch, bias=True)
    x = g.op("Transpose", g.op("Reshape", x, g.ints(1, hidden, steps)), perm=[0, 2, 1])
    token = g.op("Expand", g.weight("cls_token", 1, 1, hidden), g.ints(1, 1, hidden))
    x = g.op("Add", g.op("Concat", token, x, axis=1), g.weight("pos_embed", 1, steps + 1, hidden))
    y = g.op("LayerNormalization", x, g.weight("norm1.weight", hidden),
             g.weight("norm1.bias", hidden), axis=-1)
    y = linear(g, y, "qkv", hidden, 3 * hidden)
    y = g.op("Reshape", y, g.ints(1, steps + 1, 3, heads, hidden // heads))
    y = g.op("Transpose", y, perm=[2, 0, 3, 1, 4])
    queries, keys, values = (g.op("Gather", y, g.scalar(i), axis=0) for i in range(3))
    keys = g.op("Transpose", keys, perm=[0, 1, 3, 2])
    half = g.scalar((hidden // heads) ** -0.25)
    scores = g.op("MatMul", g.op("Mul", queries, half), g.op("Mul", keys, half))
    y = g.op("MatMul", g.op("Softmax", scores, axis=-1), values)
    y = g.op("Reshape", g.op("Transpose", y, perm=[0, 2, 1, 3]), g.ints(1, steps + 1, hidden))
    x = g.op("Add", x, linear(g, y, "proj", hidden, hidden))
    y = g.op("Gelu", linear(g, x, "fc1", hidden, 20))
    x = g.op("Add", x, linear(g, y, "fc2", 20, hidden))
    x = g.op("Slice", x, g.ints(0), g.ints(1), g.ints(1))
    x = g.op("Squeeze", x, g.ints(1))
    g.output(g.op("Gemm", x, g.weight("head.weight", 9, hidden), g.weight("head.bias", 9), transB=1))
    return g


def rms_norm(g, x, name, hidden):
    mean = g.op("ReduceMean", g.op("Pow", x, g.scalar(2.0)), axes=[-1])
    root = g.op("Sqrt", g.op("Add", mean, g.scalar(1e-6)))
    return g.op("Mul", g.weight(name, hidden), g.op("Div", x, root))


def gated(hidden=8, heads=4, shared=2, steps=6, padded=False):
    """Heads that share keys and values, a gated unit, norms without a mean. The mask is causal, or
    one of padding that is copied for each query."""
    g = Graph()
    ids = g.input("input_ids", (1, steps), INT64)
    x = g.op("Gather", g.weight("embed.weight", 40, hidden), ids)
    y = rms_norm(g, x, "input_norm.weight", hidden)
    features = hidden // heads

    def heads_of(name, count):
        z = g.op("MatMul", y, g.weight(name, hidden, count * features))
        z = g.op("Reshape", z, g.ints(1, steps, count, features))
        return g.op("Transpose", z, perm=[0, 2, 1, 3])

    def repeated(z):
        z = g.op("Unsqueeze", z, g.ints(2))
        z = g.op("Expand", z, g.ints(1, shared, heads // shared, steps, features))
        return g.op("Reshape", z, g.ints(1, heads, steps, features))

    queries, keys, values = heads_of("q", heads), heads_of("k", shared), heads_of("v", shared)
    keys = g.op("Transpose", repeated(keys), perm=[0, 1, 3, 2])
    mask = g.weight("mask", 1, 1, steps, steps)
    if padded:
        mask = g.input("attention_mask", (1, steps), INT64)
        mask = g.op("Unsqueeze", g.op("Unsqueeze", mask, g.ints(1)), g.ints(2))
        mask = g.op("Expand", mask, g.ints(1, 1, steps, steps))
        mask = g.op("Sub", g.scalar(1.0), g.op("Cast", mask, to=1))
        mask = g.op("Where", g.op("Cast", mask, to=9), g.scalar(-3.4e38), mask)
    scores = g.op("Add", g.op("MatMul", queries, keys), mask)
    y = g.op("MatMul", g.op("Softmax", scores, axis=-1), repeated(values))
    y = g.op("Reshape", g.op("Transpose", y, perm=[0, 2, 1, 3]), g.ints(1, steps, hidden))
    x = g.op("Add", x, g.op("MatMul", y, g.weight("o", hidden, hidden)))
    y = rms_norm(g, x, "norm.weight", hidden)
    gate, up = (g.op("MatMul", y, g.weight(name, hidden, 24)) for name in ("gate", "up"))
    y = g.op("Mul", g.op("Mul", gate, g.op("Sigmoid", gate)), up)
    x = g.op("Add", x, g.op("MatMul", y, g.weight("down", 24, hidden)))
    g.output(g.op("MatMul", x, g.weight("lm_head", hidden, 40)))
    return g


def unknown():
    g = Graph()
    x = g.op("GridSample", g.input("x", ("batch", 3, 8, 8)))
    x = g.op("Elu", g.op("Elu", x))
    g.output(g.op("Flatten", x))
    return g


def main():
    folder = pathlib.Path(sys.argv[1])
    folder.mkdir(parents=True, exist_ok=True)
    networks = {"resnet50": resnet50(), "bert_base": bert(), "gpt2": gpt(),
                "small_gpt": gpt(2, 16, 4, 50, 32), "images": images(), "volumes": volumes(),
                "recurrent": recurrent(), "patches": patches(), "gated": gated(),
                "padded": gated(padded=True),
                "unknown": unknown()}
    for name, graph in networks.items():
        (folder / (name + ".onnx")).write_bytes(graph.text())


if __name__ == "__main__":
    main()
