"""Times training steps in PyTorch: the networks, batches and precisions of gpu_suite.sh.

Images are channels-last, bf16 is autocast, and the network is compiled (torch.compile) unless that
fails, which the column library then says. GPT-2 small is written here, as gpt2 of the zoo: 12 blocks
of 768 features, 12 heads, 1,024 steps, tied embeddings. Networks of images come from torchvision.
"""

import argparse
import csv
import statistics
import time

import torch
from torch import nn
from torch.nn import functional

GROUP = 5  # steps for which the host waits once, as in calibrate/gpu/step_times.cc
FEWEST = 3
CLASSES = 1000
VOCABULARY, STEPS, FEATURES, HEADS, BLOCKS = 50257, 1024, 768, 12, 12


class Block(nn.Module):
    def __init__(self):
        super().__init__()
        self.norm1, self.norm2 = nn.LayerNorm(FEATURES), nn.LayerNorm(FEATURES)
        self.qkv = nn.Linear(FEATURES, 3 * FEATURES)
        self.project = nn.Linear(FEATURES, FEATURES)
        self.widen = nn.Linear(FEATURES, 4 * FEATURES)
        self.narrow = nn.Linear(4 * FEATURES, FEATURES)

    def forward(self, x):
        batch, steps, _ = x.shape
        heads = [
            part.view(batch, steps, HEADS, FEATURES // HEADS).transpose(1, 2)
            for part in self.qkv(self.norm1(x)).split(FEATURES, dim=2)
        ]
        seen = functional.scaled_dot_product_attention(*heads, is_causal=True)
        x = x + self.project(seen.transpose(1, 2).reshape(batch, steps, FEATURES))
        return x + self.narrow(functional.gelu(self.widen(self.norm2(x)), approximate="tanh"))


class Gpt2(nn.Module):
    def __init__(self):
        super().__init__()
        self.tokens = nn.Embedding(VOCABULARY, FEATURES)
        self.positions = nn.Embedding(STEPS, FEATURES)
        self.blocks = nn.Sequential(*[Block() for _ in range(BLOCKS)])
        self.norm = nn.LayerNorm(FEATURES)

    def forward(self, tokens):
        places = torch.arange(tokens.shape[1], device=tokens.device)
        x = self.norm(self.blocks(self.tokens(tokens) + self.positions(places)))
        return functional.linear(x, self.tokens.weight).flatten(0, 1)


def network_and_batch(name, batch):
    if name == "gpt2":
        tokens = torch.randint(VOCABULARY, (batch, STEPS), device="cuda")
        labels = torch.randint(VOCABULARY, (batch * STEPS,), device="cuda")
        return Gpt2().cuda(), tokens, labels
    import torchvision

    network = getattr(torchvision.models, name)().cuda().to(memory_format=torch.channels_last)
    images = torch.randn(batch, 3, 224, 224, device="cuda").to(memory_format=torch.channels_last)
    return network, images, torch.randint(CLASSES, (batch,), device="cuda")


class Trainer:
    def __init__(self, name, batch, precision, compiled):
        torch.manual_seed(1)
        self.network, self.inputs, self.labels = network_and_batch(name, batch)
        self.called = torch.compile(self.network) if compiled else self.network
        self.optimizer = torch.optim.SGD(self.network.parameters(), lr=1e-4, momentum=0.9)
        self.casts = precision == "bf16"
        self.loss = None

    def step(self):
        self.optimizer.zero_grad(set_to_none=True)
        with torch.autocast("cuda", torch.bfloat16, enabled=self.casts):
            self.loss = functional.cross_entropy(self.called(self.inputs), self.labels)
        self.loss.backward()
        self.optimizer.step()

    def seconds(self, steps):
        begin = time.perf_counter()
        for _ in range(steps):
            self.step()
        torch.cuda.synchronize()
        return time.perf_counter() - begin


def warmed_up(options):
    """A trainer that has taken its first steps, and how it computes."""
    try:
        trainer = Trainer(options.model, options.batch, options.precision, compiled=True)
        trainer.seconds(1)
        return trainer, "compiled"
    except Exception as error:  # compilers fail in many ways; the eager network is worth its time
        print(f"torch.compile failed: {error}", flush=True)
    trainer = Trainer(options.model, options.batch, options.precision, compiled=False)
    trainer.seconds(1)
    return trainer, "eager"


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--model", required=True, choices=["resnet50", "vgg16", "gpt2"])
    parser.add_argument("--batch", required=True, type=int)
    parser.add_argument("--precision", required=True, choices=["bf16", "tf32"])
    parser.add_argument("--budget", default=15.0, type=float, help="seconds of steps that count")
    parser.add_argument("-o", "--output", required=True)
    options = parser.parse_args()
    torch.backends.cudnn.benchmark = True
    torch.backends.cudnn.allow_tf32 = True
    torch.backends.cuda.matmul.allow_tf32 = True

    trainer, how = warmed_up(options)
    first_loss = trainer.loss.item()
    trainer.seconds(GROUP)
    each = []
    begin = time.perf_counter()
    while len(each) < FEWEST or time.perf_counter() - begin < options.budget:
        each.append(trainer.seconds(GROUP) / GROUP)
    tenths = statistics.quantiles(each, n=10, method="inclusive")
    row = {
        "model": options.model,
        "precision": options.precision,
        "batch": options.batch,
        "library": f"pytorch {torch.__version__} {how}",
        "step_s": statistics.median(each),
        "p10_s": tenths[0],
        "p90_s": tenths[-1],
        "predicted_s": "",
        "error": "",
        "memory_bytes": torch.cuda.max_memory_allocated(),
        "first_loss": first_loss,
        "last_loss": trainer.loss.item(),
        "steps": GROUP * len(each),
    }
    with open(options.output, "w", newline="") as file:
        writer = csv.DictWriter(file, fieldnames=list(row))
        writer.writeheader()
        writer.writerow(row)
    print(f"{options.model} {options.precision} batch {options.batch}: {row['step_s']:.5f} s a step, {how}")


if __name__ == "__main__":
    main()
