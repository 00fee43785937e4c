#include "scenarios/training_reader.h"

#include <array>

#include "base/enum_names.h"
#include "base/error.h"
#include "base/quantity_text.h"
#include "runtime/world/group.h"
#include "scenarios/framework.h"
#include "scenarios/known_keys.h"
#include "scenarios/optimizer_reader.h"
#include "scenarios/parallelism_reader.h"
#include "scenarios/stopping_reader.h"
#include "scenarios/strategy_reader.h"

namespace rehearse {
namespace {

using Batching = AllReduceOptions::Batching;

std::optional<Batching> read_batching(ObjectReader& all_reduce) {
  constexpr auto kNames = enum_names<Batching>("horovod", "buckets", "priority");
  return kNames.read_optional(all_reduce, "batching");
}

// The framework, and what of it the scenario leaves open.
void read_framework(ObjectReader& training, Scenario& scenario) {
  AllReduceOptions& options = scenario.all_reduce;
  std::optional<Batching> batching;
  bool horovod_keys = false;
  bool fusion = false;
  if (auto reader = training.optional_object("allreduce")) {
    batching = read_batching(*reader);
    horovod_keys = batching == Batching::horovod || reader->has("cycle");
    fusion = reader->has("fusion");
  }
  const auto framework = kFrameworkNames.read_optional(training, "framework");
  scenario.framework =
      framework.value_or(default_framework(horovod_keys, scenario.device.is_accelerator()));
  const auto gradients = training.optional_choice("gradient_precision", {"fp32", "bf16", "fp16"});
  if (gradients) {
    using enum Precision;
    constexpr std::array kWords{fp32, bf16, fp16};
    scenario.gradient_precision = kWords.at(*gradients);
  }
  scenario.all_reduce.algorithm = default_algorithm(scenario);
  scenario.gradient_bytes = scenario.gradient_precision
                                ? stored_bytes(*scenario.gradient_precision)
                                : default_gradient_bytes(scenario.framework, scenario.precision);
  // Horovod casts what travels; the others accumulate in what they send.
  const bool own = gradients || scenario.framework != Framework::horovod;
  scenario.stored_gradient_bytes = own ? scenario.gradient_bytes : stored_bytes(scenario.precision);
  options.batching = batching.value_or(default_batching(scenario.framework));
  options.fusion = default_fusion(scenario.framework, options.batching, scenario.gradient_bytes);
  if (framework || horovod_keys) return;
  std::string source = "not given: '" + std::string(kFrameworkNames.text(scenario.framework)) +
                       "' on a " + (scenario.device.is_accelerator() ? "GPU" : "CPU") +
                       "; gradients of " + std::to_string(scenario.gradient_bytes) +
                       " B per element";
  if (!batching && !fusion) source += ", in buckets of " + to_text(options.fusion);
  scenario.provenance.push_back(
      {"training.framework", std::move(source), Provenance::Kind::assumed});
}

// How the software enqueues kernels, in place of the device profile's word.
void read_launch_gap(ObjectReader& training, Scenario& scenario) {
  constexpr Duration kLongestGap(1);
  const auto gap = training.optional_duration("launch_gap");
  if (!gap) return;
  if (*gap > kLongestGap) {
    throw training.error_at("launch_gap", "more than a second between two kernels", "",
                            "write for example \"5 us\"");
  }
  if (scenario.device.measured) {
    scenario.remarks.push_back(
        "training.launch_gap is not used: the times of a calibrated device hold its launches");
    return;
  }
  scenario.device.launch_overhead = *gap;
  std::erase_if(scenario.provenance,
                [](const Provenance& p) { return p.quantity == "launch_overhead"; });
  scenario.provenance.push_back(
      {"training.launch_gap", "given in the scenario", Provenance::Kind::assumed});
}

// What the software's kernels take, of what the device's would.
void read_kernel_factors(ObjectReader& training, Scenario& scenario) {
  constexpr double kMost = 100;
  for (const auto& [key, factor] : {std::pair{"stream_factor", &scenario.stream_factor},
                                    std::pair{"attention_factor", &scenario.attention_factor}}) {
    const auto given = training.optional_number(key, 0, kMost);
    if (!given) continue;
    if (!(*given > 0)) {
      throw training.error_at(key, "no kernel takes no time", "", "give more than 0");
    }
    const std::string name = std::string("training.") + key;
    if (scenario.device.measured) {
      scenario.remarks.push_back(name +
                                 " is not used: a calibrated device has the times of its kernels");
      continue;
    }
    *factor = *given;
    scenario.provenance.push_back({name, "given in the scenario", Provenance::Kind::assumed});
  }
}

void read_compression(ObjectReader& reader, Scenario& scenario) {
  AllReduceOptions& options = scenario.all_reduce;
  options.compression =
      kCompressionNames.read_optional(reader, "compression").value_or(Compression::none);
  const StrategyKind kind = scenario.strategy.kind;
  const bool sparse =
      options.compression == Compression::topk || options.compression == Compression::onebit;
  if (sparse && kind == StrategyKind::easgd) {
    throw reader.error_at("compression",
                          "weights cannot be compressed by '" +
                              std::string(kCompressionNames.text(options.compression)) + "'",
                          "workers of 'easgd' send weights, not gradients",
                          "use \"none\", fp16 or bf16");
  }
  const bool cast =
      options.compression == Compression::fp16 || options.compression == Compression::bf16;
  if (cast && scenario.gradient_bytes == 2) {
    scenario.remarks.push_back(
        "training.allreduce.compression is not used: gradients have 2 bytes anyway");
    options.compression = Compression::none;
  }
  const auto ratio = reader.optional_number("ratio", 0, 1);
  if (ratio && !(*ratio > 0)) {
    throw reader.error_at("ratio", "of no number nothing is sent", "", "give a share above 0");
  }
  if (ratio && options.compression != Compression::topk) {
    scenario.remarks.push_back("training.allreduce.ratio is not used: it is topk's");
  }
  options.ratio = ratio.value_or(options.ratio);
}

// Weights travel all at once, and gradients not at all.
void set_batching_aside(ObjectReader& reader, std::vector<std::string>& remarks) {
  for (const char* key : {"batching", "fusion", "cycle", "in_flight", "overlap"}) {
    if (!reader.has(key)) continue;
    remarks.push_back("training.allreduce." + std::string(key) +
                      " is not used: strategy 'local_sgd' averages all weights at once");
  }
}

void expect_batching_works(const ObjectReader& reader, const Scenario& scenario) {
  if (scenario.all_reduce.batching != Batching::priority) return;
  if (scenario.strategy.kind == StrategyKind::sync ||
      scenario.strategy.kind == StrategyKind::local_sgd) {
    return;
  }
  throw reader.error_at("batching",
                        "'priority' works under strategy 'sync' only, not '" +
                            std::string(kStrategyNames.text(scenario.strategy.kind)) + "'",
                        "it is about the forward pass of the next step, which waits for its "
                        "gradients",
                        "use buckets or horovod");
}

// Whether the key is "auto": then a search finds it.
bool opens(ObjectReader& reader, const char* key, Scenario& scenario) {
  if (!is_text(reader, key) || reader.string(key) != "auto") return false;
  if (scenario.all_reduce.batching != Batching::horovod) {
    throw reader.error_at(key, "\"auto\" is of Horovod's batching only",
                          "it is the size of its fusion buffer, or its cycle",
                          "give a value, or training.allreduce.batching \"horovod\"");
  }
  const bool local = scenario.strategy.kind == StrategyKind::local_sgd;
  if (!local) scenario.all_reduce.open.emplace_back(key);
  return true;
}

// `scenario` has the framework's defaults.
void read_all_reduce(ObjectReader reader, Scenario& scenario) {
  AllReduceOptions& options = scenario.all_reduce;
  std::vector<std::string>& remarks = scenario.remarks;
  expect_known(reader, {"algorithm", "batching", "fusion", "cycle", "in_flight", "overlap",
                        "compression", "ratio"});
  expect_batching_works(reader, scenario);
  if (scenario.strategy.kind == StrategyKind::local_sgd) set_batching_aside(reader, remarks);
  constexpr Bytes kLargestFusion(1e12);
  constexpr Duration kLongestCycle(3600);
  options.algorithm =
      kAlgorithmNames.read_optional(reader, "algorithm").value_or(options.algorithm);
  const bool horovod = options.batching == Batching::horovod;
  const bool buckets = options.batching == Batching::buckets;
  const bool open_fusion = opens(reader, "fusion", scenario);
  const bool open_cycle = opens(reader, "cycle", scenario);
  if (!open_fusion) options.fusion = reader.optional_bytes("fusion").value_or(options.fusion);
  if (options.fusion > kLargestFusion) {
    throw reader.error_at("fusion", "more than 1 TB cannot travel together", "", "use less");
  }
  const auto cycle = open_cycle ? std::nullopt : reader.optional_duration("cycle");
  if (cycle && !horovod) {
    remarks.push_back(
        buckets ? "training.allreduce.cycle is not used: a bucket leaves as soon as it is full"
                : "training.allreduce.cycle is not used: a unit leaves when the one before has");
  }
  if (cycle && *cycle > kLongestCycle) {
    throw reader.error_at("cycle", "a cycle of more than an hour is a slip of the pen", "",
                          "write for example \"5 ms\"");
  }
  options.cycle = cycle.value_or(options.cycle);
  options.in_flight =
      static_cast<int>(reader.optional_integer("in_flight", 1, Group::kMostLanes).value_or(1));
  if (options.in_flight > 1 && !buckets) {
    remarks.push_back(std::string("training.allreduce.in_flight is not used: ") +
                      (horovod
                           ? "Horovod's thread performs one batch after the other"
                           : "one unit leaves after the other, in the order of their priority"));
    options.in_flight = 1;
  }
  options.overlap = reader.optional_boolean("overlap").value_or(true);
  read_compression(reader, scenario);
}

RunLength read_length(ObjectReader& training) {
  constexpr std::int64_t kMostSteps = 1'000'000'000'000;
  RunLength length;
  length.steps = training.optional_integer("steps", 1, kMostSteps);
  length.epochs = training.optional_number("epochs", 0, 1e9);
  if (length.epochs && !(*length.epochs > 0)) {
    throw training.error_at("epochs", "a run of no epochs trains nothing", "", "give more");
  }
  if (length.steps && length.epochs) {
    throw training.error_at("epochs", "both 'steps' and 'epochs' are given", "", "give one");
  }
  length.checkpoint_every =
      training.optional_integer("checkpoint_every", 0, kMostSteps).value_or(0);
  return length;
}

RunGuards read_guards(ObjectReader& training) {
  constexpr Duration kLongestSilence(24.0 * 3600);
  RunGuards guards;
  guards.stall_warning = training.optional_duration("stall_warning").value_or(guards.stall_warning);
  if (guards.stall_warning > kLongestSilence) {
    throw training.error_at("stall_warning", "nobody waits more than a day for a warning", "",
                            "write for example \"60 s\", or \"0 s\" for none");
  }
  guards.stop_on_divergence =
      training.optional_choice("on_divergence", {"stop", "continue"}).value_or(0) == 0;
  return guards;
}

}  // namespace

void read_training(ObjectReader& training, Scenario& scenario) {
  std::vector<std::string_view> known = {
      "batch",         "optimizer",        "allreduce",      "parallelism",
      "steps",         "epochs",           "framework",      "gradient_precision",
      "launch_gap",    "stall_warning",    "stream_factor",  "attention_factor",
      "on_divergence", "checkpoint_every", "evaluate_every", "early_stopping",
      "stop_at"};
  known.insert(known.end(), strategy_keys().begin(), strategy_keys().end());
  expect_known(training, known);
  scenario.strategy = read_strategy(training, scenario.remarks);
  expect_object(training, "optimizer", {.of_text = {"name"}, .of_number = {"lr"}});
  expect_object(training, "allreduce", {.of_text = {"algorithm"}});
  if (const auto reader = training.optional_object("optimizer")) {
    scenario.optimizer = read_optimizer(*reader, scenario.remarks);
  }
  scenario.length = read_length(training);
  scenario.guards = read_guards(training);
  scenario.stopping = read_stopping(training, scenario);
  read_framework(training, scenario);
  read_launch_gap(training, scenario);
  read_kernel_factors(training, scenario);
  if (const auto reader = training.optional_object("allreduce")) {
    read_all_reduce(*reader, scenario);
  }
  read_parallelism(training, scenario);
}

Algorithm default_algorithm(const Scenario& scenario) {
  return scenario.stack.library ? Algorithm::native : Algorithm::automatic;
}

}  // namespace rehearse
