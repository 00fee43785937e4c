#include "tests/fuzz/command_line.h"

#include <algorithm>

#include "tests/fuzz/option_table.h"
#include "tests/validate/made_up_run.h"

namespace rehearse {
namespace {

constexpr std::uint64_t kLine = 4;  // stream of random numbers

// A job that takes no time to predict, on a machine whose sizes the topologies leave open.
constexpr const char* kTiny = R"({
  "name": "tiny", "model": {"zoo": "lenet5"}, "data": {"samples": 60000},
  "cluster": {"nodes": 16, "node": {"device": "a100-sxm4-80gb", "devices": 4, "nics": 2,
              "device_bandwidth": "100 GB/s", "device_latency": "2 us"},
              "network": {"topology": "fat_tree", "ports": 8, "link_bandwidth": "25 GB/s", "link_latency": "300 ns",
                          "injection_bandwidth": "25 GB/s", "injection_latency": "500 ns"}},
  "training": {"batch": {"per_worker": 64}}, "sweep": {"workers": [1, 4, 8]}, "fidelity": "analytic"})";

constexpr const char* kCollectives = R"({
  "workload": {"collectives": [{"all_to_all": "64 MiB", "times": 4, "group": 2, "stride": 1}, {"all_reduce": "1 MB"}]},
  "cluster": {"nodes": 8, "node": {"device": "h100-sxm5-80gb"}, "network": {"preset": "infiniband-ndr-eos"}},
  "sweep": {"workers": [8, 16]}, "fidelity": "analytic"})";

constexpr const char* kLocal = R"({
  "name": "here", "model": {"input": {"channels": 4}, "layers": [{"kind": "dense", "features": 8}, {"kind": "dense", "features": 2}]},
  "data": {"samples": 1000, "classes": 2}, "cluster": {"nodes": 1, "node": {"device": "local", "devices": 2}},
  "training": {"batch": {"per_worker": 32}}, "sweep": {"workers": [1, 2]}, "fidelity": "analytic"})";

class Maker {
 public:
  Maker(const std::map<std::string, Inputs>& inputs, std::uint64_t seed, std::uint64_t number)
      : inputs_(inputs), seed_(seed), number_(number), random_(seed, {kLine, number}) {}

  bool chance(double share) { return random_.uniform() < share; }
  template <class List>
  const auto& any(const List& list) {
    return list[random_.below(list.size())];
  }

  CommandLine make() {
    const std::size_t kind = random_.below(100);
    if (kind < 42)
      predict();
    else if (kind < 50)
      compare();
    else if (kind < 57)
      plan();
    else if (kind < 61)
      model();
    else if (kind < 71)
      topology();
    else if (kind < 80)
      collective();
    else if (kind < 87)
      calibrate();
    else if (kind < 91)
      validate();
    else if (kind < 96)
      check();
    else
      usage();
    if (chance(0.02))
      line_.arguments.insert(line_.arguments.begin() + static_cast<std::ptrdiff_t>(random_.below(
                                                           line_.arguments.size() + 1)),
                             any(odd_numbers()));
    return std::move(line_);
  }

 private:
  std::string any_of(std::initializer_list<const char*> words) {
    return *(words.begin() + random_.below(words.size()));
  }
  void add(std::string argument) { line_.arguments.push_back(std::move(argument)); }
  void add(std::string option, std::string value) {
    add(std::move(option));
    add(std::move(value));
  }

  // A file of a kind: damaged, or sound in one of two.
  std::string file(const std::string& door, const std::string& name) {
    const Inputs& inputs = inputs_.at(door);
    const std::uint64_t number = random_.below(1'000'000'000'000);
    line_.files[name] = chance(0.5) ? inputs.sound(number) : inputs.text(seed_, number);
    return name;
  }

  std::string scenario() {
    const std::size_t kind = random_.below(10);
    if (kind < 2) return file("scenario", "s.json");
    line_.files["s.json"] = kind < 7 ? kTiny : kind < 9 ? kCollectives : kLocal;
    if (kind == 9) {
      line_.files["machine.json"] = made_up_profile(2);
      add("--profile", "machine.json");
    }
    return "s.json";
  }

  void set(const std::string& key) {
    const auto& keys = scenario_keys();
    const auto found = std::find_if(keys.begin(), keys.end(),
                                    [&](const KeyValues& one) { return one.key == key; });
    add("--set", key + "=" + (chance(0.02) ? any(odd_numbers()) : any(found->values)));
    if (line_.arguments.back().ends_with("stack.json")) file("stack", "stack.json");
  }

  // Whether a key says something of the scenario that was chosen.
  [[nodiscard]] bool applies(const std::string& key) const {
    const std::string& text = line_.files.at("s.json");
    if (text == kCollectives) {
      return key == "training.allreduce.algorithm" || key == "seed" || key.starts_with("noise") ||
             (key.starts_with("cluster") && !key.starts_with("cluster.storage"));
    }
    return text != kLocal || !key.starts_with("cluster");
  }

  void set_some() {
    while (chance(0.6)) {
      const std::string& key = any(scenario_keys()).key;
      if (chance(0.05) || applies(key)) set(key);
    }
    if (chance(0.1)) add("--set", "cluster.network.stack=" + file("stack", "stack.json"));
    if (chance(0.05)) add("--set", "cluster.node.device=" + file("device", "d.json"));
    if (chance(0.05)) add("--set", "cluster.network.preset=" + file("network", "n.json"));
    if (chance(0.05)) graph();
  }

  // A network of a file of another program.
  void graph() {
    const std::string kind = any_of({"graph", "graphml", "slurm", "gml", "yaml", "ibnetdiscover"});
    file(kind, "g." + kind);
    add("--set",
        R"(cluster.network={"topology": "file", "file": "g.)" + kind +
            R"(", "link_bandwidth": "25 GB/s", "link_latency": "1 us", "injection_bandwidth": "25 GB/s",
                     "injection_latency": "1 us"})");
  }

  // Small, so that all of them are quick.
  void sweep() {
    const bool local = line_.files.at("s.json") == kLocal;
    const std::string workers =
        local ? "[1,2]"
              : any_of({"[1]", "[1,2]", "[2,4,8]", "[1,4,16]", "8", "[1,3,7]", "[4,32]", "[8,16]"});
    add("--set", "sweep.workers=" + workers);
    const double kind = random_.uniform();
    add("--fidelity", kind < 0.7 ? "analytic" : kind < 0.85 ? "flow" : "message");
  }

  void outputs() {
    if (chance(0.7)) add("--json");
    if (chance(0.1)) add("--quiet");
    if (chance(0.1)) add("--out", "out");
    if (chance(0.2)) add("--seed", chance(0.8) ? "7" : any(odd_numbers()));
    add("--jobs", "1");
  }

  void predict() {
    add("predict");
    add(scenario());
    set_some();
    sweep();
    outputs();
    if (chance(0.05)) add("--trace", "trace.json");
    if (chance(0.05)) add("--pilot", file("pilot", "pilot.json"));
  }

  void compare() {
    add("compare");
    add(scenario());
    set_some();
    const KeyValues& keys = any(scenario_keys());
    std::string values;
    for (int i = 0; i < 3; ++i) values += (i == 0 ? "" : ",") + any(keys.values);
    add("--vary", keys.key + "=" + values);
    sweep();
    outputs();
    if (chance(0.3)) add("--prices", file("prices", "prices.json"));
    if (chance(0.1)) add("--svg", "c.svg");
  }

  void plan() {
    add("plan");
    add(scenario());
    set_some();
    sweep();
    if (chance(0.9)) add("--epochs", chance(0.9) ? any_of({"1", "90"}) : any(odd_numbers()));
    if (chance(0.1)) add("--samples", any(odd_numbers()));
    if (chance(0.2)) add("--target");
    if (chance(0.5)) add("--deadline", any_of({"3 h", "1 ns", "1e300 s", "-1 s", "3", "1 d"}));
    if (chance(0.5)) add("--budget", chance(0.5) ? "400" : any(odd_numbers()));
    outputs();
  }

  void model() {
    add("model");
    add(chance(0.5)
            ? scenario()
            : any_of({"resnet50", "lenet5", "vgg16", "resnet5", "gpt2", "x", "inception_v3"}));
    if (chance(0.5)) set("model.image_size");
    if (chance(0.7)) add("--json");
  }

  void topology() {
    add("topology");
    const std::size_t kind = random_.below(6);
    if (kind == 0)
      add(any_of({"aries-piz-daint", "infiniband-hdr-selene", "gemini-titan", "nvlink-gb200-nvl72",
                  "fat_tree"}));
    else if (kind == 1)
      add(scenario());
    else if (kind == 2)
      add(file("network", "n.json"));
    else if (kind == 3)
      add(line_.files["n.txt"] = inputs_.at("network").text(seed_, number_));
    else {
      const std::string graph =
          any_of({"graph", "graphml", "slurm", "gml", "yaml", "ibnetdiscover"});
      const std::string name = file(graph, "g." + graph);
      if (kind == 4)
        add(name);
      else
        add(R"({"topology": "file", "file": ")" + name +
            R"(", "link_bandwidth": "25 GB/s", "link_latency": "1 us",
               "injection_bandwidth": "25 GB/s", "injection_latency": "1 us"})");
    }
    if (chance(0.8)) add("--nodes", any_of({"1", "2", "16", "64", "100", "1000", "0", "1000000"}));
    if (chance(0.2)) add("--devices", any_of({"1", "4", "8", "0"}));
    if (chance(0.4)) add("--check");
    for (const char* option : {"--dot", "--svg", "--graphml", "--json-graph", "--simgrid-xml"}) {
      if (chance(0.15)) add(option, std::string("out") + std::to_string(random_.below(3)));
    }
    if (chance(0.5)) add("--json");
  }

  void collective() {
    add("collective");
    if (chance(0.9))
      add("--network", chance(0.5)   ? any_of({"infiniband-hdr-selene", "infiniband-ndr-eos",
                                               "aries-piz-daint", "slingshot-lumi"})
                       : chance(0.5) ? scenario()
                                     : file("network", "n.json"));
    if (chance(0.9))
      add("--op", any_of({"all_reduce", "all_gather", "reduce_scatter", "all_to_all", "broadcast",
                          "reduce", "send_recv", "x"}));
    if (chance(0.9)) add("--ranks", any_of({"2", "4", "8", "16", "7", "64", "1", "0"}));
    if (chance(0.3)) add("--ranks-per-node", any_of({"1", "2", "4", "8", "0"}));
    if (chance(0.9))
      add("--sizes", any_of({"8B..1KiB", "1KiB,1MiB", "8G", "1", "4M..1K", "0", "1e300", "1MiB"}));
    if (chance(0.3))
      add("--algorithm", any_of({"ring", "tree", "nvls", "pat", "in_network", "auto", "native",
                                 "pairwise", "hierarchical"}));
    if (chance(0.2)) add("--protocol", any_of({"ll", "ll128", "simple", "x"}));
    if (chance(0.3))
      add("--stack",
          chance(0.5) ? file("stack", "stack.json") : any_of({"ideal", "nccl-h100-ndr"}));
    if (chance(0.4))
      add("--against", file(chance(0.8) ? "log" : "tables", chance(0.8) ? "log.txt" : "log.json"));
    if (chance(0.6)) add("--fidelity", any_of({"analytic", "flow", "message"}));
    if (chance(0.7)) add("--json");
  }

  void calibrate() {
    add("calibrate");
    if (chance(0.2)) return fit_runs();
    add("--import", file(chance(0.7) ? "import" : "tables", chance(0.9) ? "log.txt" : "log.json"));
    if (chance(0.2)) add("--import", file("log", "log2.txt"));
    add("-o", any_of({"stack.json", "nowhere/stack.json", "log.txt"}));
    if (chance(0.3)) add("--inside-node");
    if (chance(0.2)) {
      add("--fit");
      add("--ranks", any_of({"2", "8", "16"}));
      add("--ranks-per-node", any_of({"1", "8"}));
    }
  }

  void fit_runs() {
    add("convergence");
    add(file("run", "a.json"));
    if (chance(0.8)) add(file("run", "b.json"));
    add("--target", any_of({"loss=0.3", "test_accuracy=0.6", "loss=1e300", "loss", "x=1"}));
    if (chance(0.5)) add("-o", any_of({"c.json", "a.json"}));
  }

  void validate() {
    add("validate");
    const bool is_run = chance(0.5);
    add(file(is_run ? "run" : "measurements", "r.json"));
    line_.files["machine.json"] = made_up_profile(2);
    if (is_run || chance(0.5)) add("--profile", "machine.json");
    if (chance(0.3)) add("--max-error", any_of({"0.1", "10%", "-1", "nan", "1e308"}));
    if (chance(0.2)) add("--family", any_of({"measurements", "run", "s", ""}));
    add("--fidelity", "analytic");
    if (chance(0.7)) add("--json");
    add("--jobs", "1");
  }

  void check() {
    add("check");
    const int files = chance(0.8) ? 1 : 3;
    for (int i = 0; i < files; ++i) {
      add(file(any_of({"check", "scenario", "stack", "device", "network", "prices", "profile",
                       "run", "measurements", "graph", "graphml"}),
               "f" + std::to_string(i) + ".json"));
    }
    if (chance(0.5)) add("--json");
  }

  // Words in any order.
  void usage() {
    const std::vector<std::string> words{
        "predict",   "compare",  "plan",    "model",     "topology", "check", "collective",
        "calibrate", "validate", "--help",  "--version", "--json",   "--set", "a=b",
        "--workers", "4",        "list",    "models",    "explain",  "init",  "convert",
        "merge",     "search",   "emulate", "--",        "-",        "",      "\xff\xfe",
        "--=",       "-h",       "--set=",  "s.json"};
    line_.files["s.json"] = kTiny;
    while (chance(0.8)) add(any(words));
  }

  const std::map<std::string, Inputs>& inputs_;
  std::uint64_t seed_, number_;
  RandomStream random_;
  CommandLine line_;
};

std::string quoted(const std::string& word) {
  std::string text = "'";
  for (const char c : word) {
    if (c == '\'') text += "'\\'";
    text += c;
  }
  return text + "'";
}

}  // namespace

bool CommandLine::prints_json() const {
  return std::find(arguments.begin(), arguments.end(), "--json") != arguments.end();
}

std::string CommandLine::text() const {
  std::string all;
  for (const std::string& argument : arguments) {
    all += (all.empty() ? "" : " ") + quoted(argument);
  }
  return all;
}

std::vector<CommandLine> shorter_by_one(const CommandLine& line) {
  std::vector<CommandLine> shorter;
  const auto& all = line.arguments;
  for (std::size_t i = 1; i < all.size(); ++i) {
    if (!all[i].starts_with("-")) continue;
    const bool has_value = i + 1 < all.size() && !all[i + 1].starts_with("--");
    CommandLine one = line;
    const auto begin = one.arguments.begin() + static_cast<std::ptrdiff_t>(i);
    one.arguments.erase(begin, begin + (has_value ? 2 : 1));
    shorter.push_back(std::move(one));
  }
  return shorter;
}

CommandLines::CommandLines() : doors_(all_doors()) {
  for (const Door& door : doors_) inputs_.try_emplace(door.name, door, doors_);
}

CommandLine CommandLines::line(std::uint64_t seed, std::uint64_t number) const {
  return Maker(inputs_, seed, number).make();
}

}  // namespace rehearse
