#!/usr/bin/env python3
"""Holds files against one JSON Schema of scenarios/schema.

    tests/project/check_schema.py KIND --source TREE --program PROGRAM

Every shipped file of the kind, and what PROGRAM writes of it, must be allowed by the schema, and a
few changes of a good file must not be. Also looks into the files for parts that are of another kind
(a prediction in a comparison). Prints a line for each trouble; exit status 1 if there is any.
"""

import argparse
import copy
import json
import pathlib
import subprocess
import sys
import tempfile

import jsonschema

# Shipped files of a kind, relative to scenarios/.
SHIPPED = {
    "scenario": ["*.json", "published/jobs/*.json"],
    "device": ["devices/*.json"],
    "kernels": ["devices/kernels/*.json"],
    "network": ["networks/*.json"],
    "stack": ["stacks/*.json"],
    "prices": ["prices/*.json"],
    "measurements": ["published/*.json", "testbed/*.json"],
}

SCENARIO = {
    "format": "rehearse-scenario-1",
    "name": "small",
    "model": {"zoo": "lenet5"},
    "data": {"samples": 60000, "bytes_per_sample": "784 B", "classes": 10},
    "cluster": {
        "nodes": 4,
        "node": {"device": "p100-pcie-16gb", "devices": 1},
        "network": {
            "topology": "single_switch",
            "injection_bandwidth": "10 GB/s",
            "injection_latency": "1 us",
            "stack": "ideal",
        },
    },
    "training": {"strategy": "sync", "batch": {"per_worker": 64}},
    "sweep": {"workers": [1, 2]},
}

COLLECTIVES = {key: SCENARIO[key] for key in ("format", "name", "cluster")} | {
    "sweep": {"workers": [2, 4]},
    "workload": {"collectives": [{"all_to_all": "64 MiB", "times": 4, "group": 2, "stride": 1}]}
}

TO_TARGET = SCENARIO | {
    "faults": {"node_mtbf": "150 d", "restart": "5 min", "checkpoint_cost": "20 s"},
    "convergence": {
        "target": {"test_accuracy": 0.99},
        "samples_at_small_batch": 500000,
        "critical_batch": 512,
        "staleness_penalty": 0.01,
        "source": "made up",
    },
}


EMULATED = TO_TARGET | {
    "model": {"input": {"channels": 8}, "layers": [{"kind": "dense", "features": 4}]},
    "data": {"samples": 256, "classes": 4, "test_samples": 32, "split": "by_class"},
    "training": {"strategy": "async_ps", "batch": {"per_worker": 8}, "steps": 4},
    "emulation": {
        "every": 2,
        "data": {"samples": 128, "classes": 4, "test_samples": 16},
        "model": {"input": {"channels": 4}, "layers": [{"kind": "dense", "features": 4}]},
    },
}


LANGUAGE = SCENARIO | {
    "model": {"zoo": "gpt2"},
    "data": {"samples": 60000, "sequence": 1024},
    "training": {"batch": {"per_worker": 8}},
}

# Every key of a layout, then those that a search finds, then all of them.
LAYOUTS = [
    {
        "data": "auto",
        "tensor": 2,
        "pipeline": 2,
        "context": 1,
        "context_exchange": "ring",
        "expert": 1,
        "expert_tensor": 1,
        "expert_imbalance": 1,
        "expert_dispatch": "all_to_all",
        "expert_nodes": 1,
        "expert_fp8": False,
        "sequence": True,
        "zero": 1,
        "shard_group": 1,
        "order": "tp-cp-ep-dp-pp",
        "schedule": "interleaved",
        "virtual_stages": 2,
        "stages": [2, 4, 4, 2],
        "microbatch": 2,
        "recompute": "selective",
        "offload": {"optimizer": 0.5, "activations": 0.25},
        "overlap": {
            "gradients": True,
            "parameters": True,
            "tensor": False,
            "pipeline": True,
            "expert": False,
            "slowdown": 1.2,
        },
        "dense": 1,
        "split": "auto",
        "spatial": 1,
    },
    {key: "auto" for key in ("tensor", "zero", "schedule", "microbatch", "recompute", "offload")},
    "auto",
]


def curve(update_samples, samples):
    """What an emulation leaves behind, as far as a fit reads it."""
    points = [{"seconds": 0, "samples": 0, "loss": 2.3}, {"seconds": 1, "samples": samples, "loss": 0}]
    return {"format": "rehearse-emulation-1", "update_samples": update_samples, "curve": points}


SMALL = curve(32, 2000)
LARGE = curve(64, 3000)

MEASUREMENTS = {
    "format": "rehearse-measurements-1",
    "records": [
        {
            "id": "a",
            "source": "made up",
            "scenario": SCENARIO,
            "at": 2,
            "measured": {"quantity": "step_time", "value": "2 ms"},
        }
    ],
}

# What the program is asked for a file of the kind; it stands on stdout, or in FILE. SCENARIO and
# MEASUREMENTS are files of the above, SOURCE is the tree, FOLDER an empty folder.
WRITTEN = {
    "prediction": [
        "predict SCENARIO --json",
        "predict TO_TARGET --json",
        "predict COLLECTIVES --json",
    ],
    "comparison": [
        "compare SCENARIO --vary training.batch.per_worker=32,64 --json",
        "compare SCENARIO --vary cluster.network=ethernet-25g-roce,aries-piz-daint --json",
    ],
    "plan": [
        "plan SCENARIO --deadline 1h --epochs 1 --json",
        "plan SCENARIO --epochs 1 --json",
        "plan TO_TARGET --target --json",
        "plan LANGUAGE --tokens 1000000 --json",
    ],
    "search": [
        "search LANGUAGE --workers 2 --top 2 --json",
        "search LANGUAGE --workers 1,4 --batch global=8 --top 2 --fix tensor=1 --json",
        "search SCENARIO --workers 2 --set training.framework=horovod --top 2 --json",
        "search LANGUAGE --workers 8 --top 2 --fix zero=0 --machine efa-p4d --machine efa-p5 --json",
    ],
    "collective": [
        "collective --network infiniband-ndr-eos --op all_reduce --ranks 16 --sizes 1M --json",
        "collective --network ethernet-25g-roce --op all_reduce --json "
        "--against SOURCE/tests/fuzz/seeds/log/all_reduce_perf.txt",
    ],
    "model": ["model lenet5 --json", "model SCENARIO --json"],
    "topology": ["topology aries-cori --json", "topology efa-p4d --nodes 8 --check --json"],
    "graph": ["topology efa-p4d --nodes 8 --json-graph FILE"],
    "device": [
        "calibrate --import SOURCE/tests/calibrate/t4_products.csv --quiet -o FILE",
    ],
    "stack": ["calibrate --import SOURCE/tests/fuzz/seeds/log/osu_latency.txt -o FILE"],
    "machine": ["calibrate noise -o FILE --quiet"],
    "run": [
        "train SCENARIO --ranks 1 --steps 3 --out FOLDER --quiet",
        "train SCENARIO --ranks 1 --steps 3 --out FOLDER --quiet "
        "--set training.evaluate_every=2 --set data.test_samples=64",
    ],
    "emulation": [
        "emulate SCENARIO --set training.steps=2 --json",
        "emulate EMULATED --json",
        "emulate EMULATED --vary training.strategy=sync,async_ps,gem --json",
    ],
    "convergence": ["calibrate convergence SMALL LARGE --target loss=0.3 -o FILE"],
    "validation": ["validate MEASUREMENTS --json"],
}

# Parts of a file that are of a kind of their own, by the kind of the file.
PARTS = {
    "comparison": lambda file: [("prediction", row["prediction"]) for row in file["rows"]],
    "search": lambda file: [
        ("prediction", {key: file[key] for key in ("scenario", "version", "fidelity", "seed")}
         | {"points": [one["prediction"]], "warnings": [], "provenance": []})
        for one in file["best"]
    ],
    "run": lambda file: [("scenario", file["scenario"])]
    + ([("machine", file["profile"])] if "profile" in file else []),
    "device": lambda file: [("kernels", {"device": file["name"], **file["kernels"]})]
    if isinstance(file.get("kernels"), dict)
    else [],
    "machine": lambda file: ([("device", file["device"])] if "device" in file else [])
    + ([("stack", file["fabric"])] if "fabric" in file else []),
}


def without_comments(text):
    """The text with blanks in the place of // and /* */ outside of strings."""
    kept = []
    at = 0
    while at < len(text):
        if text[at] == '"':
            end = at + 1
            while text[end] != '"':
                end += 2 if text[end] == "\\" else 1
            kept.append(text[at : end + 1])
            at = end + 1
        elif text.startswith("//", at):
            at = text.find("\n", at) if "\n" in text[at:] else len(text)
        elif text.startswith("/*", at):
            at = text.index("*/", at) + 2
        else:
            kept.append(text[at])
            at += 1
    return "".join(kept)


def parse(path):
    return json.loads(without_comments(path.read_text(encoding="utf-8")))


def without_nulls(value):
    """A key whose value is null counts as absent where people write files."""
    if isinstance(value, dict):
        return {key: without_nulls(one) for key, one in value.items() if one is not None}
    if isinstance(value, list):
        return [without_nulls(one) for one in value]
    return value


class Schemas:
    def __init__(self, folder):
        self.folder = folder
        self.known = {}

    def of(self, kind):
        if kind not in self.known:
            schema = parse(self.folder / f"{kind}.schema.json")
            jsonschema.Draft202012Validator.check_schema(schema)
            self.known[kind] = jsonschema.Draft202012Validator(schema)
        return self.known[kind]

    def troubles(self, kind, value):
        for error in self.of(kind).iter_errors(value):
            best = jsonschema.exceptions.best_match([error])
            yield f"{best.json_path}: {best.message[:300]}"
        for part_kind, part in PARTS.get(kind, lambda _: [])(value):
            yield from self.troubles(part_kind, part)


def written_files(kind, program, source):
    """What the program writes of the kind: pairs of the command and the value."""
    for command in WRITTEN.get(kind, []):
        with tempfile.TemporaryDirectory() as folder:
            files = {"FILE": f"{folder}/written.json", "FOLDER": f"{folder}/out", "SOURCE": source}
            inputs = {
                "SCENARIO": SCENARIO,
                "LANGUAGE": LANGUAGE,
                "TO_TARGET": TO_TARGET,
                "COLLECTIVES": COLLECTIVES,
                "MEASUREMENTS": MEASUREMENTS,
                "SMALL": SMALL,
                "LARGE": LARGE,
                "EMULATED": EMULATED,
            }
            for word, value in inputs.items():
                files[word] = f"{folder}/{word.lower()}.json"
                pathlib.Path(files[word]).write_text(json.dumps(value), encoding="utf-8")
            words = []
            for word in command.split():
                for name, path in files.items():
                    word = word.replace(name, str(path))
                words.append(word)
            done = subprocess.run([program, *words], capture_output=True, text=True, check=False)
            if done.returncode != 0:
                yield command, None, done.stderr.strip() or done.stdout.strip()
                continue
            if "FILE" in command.split():
                yield command, parse(pathlib.Path(files["FILE"])), ""
            elif "FOLDER" in command:
                yield command, parse(pathlib.Path(files["FOLDER"]) / "run.json"), ""
            else:
                yield command, json.loads(done.stdout), ""


def with_every_algorithm(program):
    """Scenarios that name the algorithms of all-reduces that the program knows."""
    listed = subprocess.run(
        [program, "list", "algorithms", "--json"], capture_output=True, text=True, check=True
    )
    for algorithm in json.loads(listed.stdout):
        scenario = copy.deepcopy(SCENARIO)
        scenario["training"]["allreduce"] = {"algorithm": algorithm["name"]}
        yield scenario


def with_layouts():
    """Scenarios with layouts."""
    for layout in LAYOUTS:
        scenario = copy.deepcopy(LANGUAGE)
        scenario["training"]["parallelism"] = layout
        scenario["sweep"] = {"workers": [4]}
        yield scenario


def damaged(kind, value):
    """Changes of a good file that no schema may allow: pairs of what was done and the value."""
    if not isinstance(value, dict):
        yield "an element that is no record", [*value, 1]
        return
    yield "another format", {**value, "format": "rehearse-checkpoint-1"}
    yield "an unknown key", {**value, "sxeed": 1}
    first = next(key for key in value if key != "format")
    other = copy.deepcopy(value)
    other[first] = {"no": ["such", "value"]}
    yield f"another type at {first}", other


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n", maxsplit=1)[0])
    parser.add_argument("kind")
    parser.add_argument("--source", type=pathlib.Path, required=True)
    parser.add_argument("--program", required=True)
    args = parser.parse_args()
    schemas = Schemas(args.source / "scenarios" / "schema")
    troubles = []
    checked = []
    for pattern in SHIPPED.get(args.kind, []):
        for path in sorted((args.source / "scenarios").glob(pattern)):
            value = without_nulls(parse(path))
            stated = value.get("format") if isinstance(value, dict) else None
            if isinstance(value, dict) and stated != f"rehearse-{args.kind}-1":
                troubles.append(f"{path}: its format is {stated}")
            troubles += [f"{path}: {trouble}" for trouble in schemas.troubles(args.kind, value)]
            checked.append(value)
    for command, value, failure in written_files(args.kind, args.program, args.source):
        if value is None:
            troubles.append(f"{command}: {failure}")
            continue
        if next(iter(value)) != "format" or value["format"] != f"rehearse-{args.kind}-1":
            troubles.append(f"{command}: it does not begin with its format")
        troubles += [f"{command}: {trouble}" for trouble in schemas.troubles(args.kind, value)]
        checked.append(value)
    if args.kind == "scenario":
        for value in with_every_algorithm(args.program):
            troubles += [f"algorithms: {trouble}" for trouble in schemas.troubles("scenario", value)]
        for value in with_layouts():
            troubles += [f"layouts: {trouble}" for trouble in schemas.troubles("scenario", value)]
    if not checked:
        troubles.append("no file of this kind was checked")
    for value in checked:
        for what, wrong in damaged(args.kind, value):
            if schemas.of(args.kind).is_valid(wrong):
                troubles.append(f"the schema allows {what}")
    for trouble in sorted(set(troubles)):
        print(trouble)
    print(f"{len(checked)} files of the kind {args.kind}")
    return 1 if troubles else 0


if __name__ == "__main__":
    sys.exit(main())
