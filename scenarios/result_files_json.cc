#include <limits>
#include <nlohmann/json.hpp>

#include "base/breakdown.h"
#include "base/error.h"
#include "base/fidelity.h"
#include "base/file_format.h"
#include "base/provenance.h"
#include "kernels/models/device_memory.h"
#include "runtime/collectives/algorithm.h"
#include "scenarios/result_files.h"

namespace rehearse {
namespace {

using Keys = std::initializer_list<const char*>;

constexpr double kAny = std::numeric_limits<double>::max();
constexpr std::int64_t kAnyWhole = std::numeric_limits<std::int64_t>::max();

void texts(ObjectReader& reader, Keys keys) {
  for (const char* key : keys) (void)reader.string(key);
}

void counts(ObjectReader& reader, Keys keys, std::int64_t least = 0) {
  for (const char* key : keys) (void)reader.integer(key, least, kAnyWhole);
}

void numbers(ObjectReader& reader, Keys keys, double least = 0) {
  for (const char* key : keys) (void)reader.number(key, least, kAny);
}

// The key must be there; null stands for what is not known.
void numbers_or_null(ObjectReader& reader, Keys keys) {
  for (const char* key : keys) {
    if (!reader.value().contains(key) || reader.has(key)) (void)reader.number(key, 0, kAny);
  }
}

std::vector<ObjectReader> one_or_more(ObjectReader& reader, const char* key) {
  std::vector<ObjectReader> entries = reader.objects(key);
  if (entries.empty()) throw reader.error_at(key, "too few entries", "at least 1 is needed");
  return entries;
}

void quantiles(ObjectReader reader) {
  numbers(reader, {"p10", "p50", "p90"});
  reader.finish();
}

void warnings(ObjectReader& root) {
  for (ObjectReader& warning : root.objects("warnings")) {
    texts(warning, {"code", "what"});
    if (warning.has("points")) (void)warning.integers("points", 0, kAnyWhole);
    warning.finish();
  }
}

void provenance(ObjectReader& root) {
  (void)root.raw("provenance");
  (void)read_provenance(root, "provenance");
}

void breakdown(ObjectReader reader) {
  for (const StepPhase phase : kStepPhases) {
    if (!is_always_shown(phase) && !reader.has(to_text(phase))) continue;
    (void)reader.number(to_text(phase), 0, kAny);
  }
  reader.finish();
}

void memory(ObjectReader reader) {
  for (int i = 0; i < kMemoryParts; ++i) {
    (void)reader.optional_number(to_text(static_cast<MemoryPart>(i)), 0, kAny);
  }
  numbers(reader, {"total"});
  reader.finish();
}

// Of a point of a scenario with faults or a target.
void in_the_end(ObjectReader& point) {
  (void)point.optional_number("goodput", 0, 1);
  if (point.has("goodput_interval")) quantiles(point.object("goodput_interval"));
  if (auto staleness = point.optional_object("staleness")) {
    numbers(*staleness, {"mean", "p50", "p90"});
    counts(*staleness, {"max"});
    staleness->finish();
  }
  if (!point.has("samples_to_target")) return;
  numbers(point, {"samples_to_target", "node_hours_to_target"});
  quantiles(point.object("time_to_target_s"));
}

void point(ObjectReader& reader) {
  counts(reader, {"workers", "nodes"}, 1);
  quantiles(reader.object("step_time_s"));
  quantiles(reader.object("step_jitter_s"));
  numbers_or_null(
      reader, {"global_batch", "samples_per_s", "speedup", "efficiency", "model_flops_utilization",
               "epoch_time_s", "node_hours_per_epoch", "energy_per_epoch_j"});
  breakdown(reader.object("breakdown_s"));
  ObjectReader communication = reader.object("communication_s");
  numbers(communication, {"total", "hidden"});
  communication.finish();
  numbers(reader, {"flops_per_device"});
  memory(reader.object("memory_per_device_bytes"));
  (void)reader.boolean("fits");
  ObjectReader network = reader.object("network");
  texts(network, {"busiest_link"});
  numbers(network, {"busiest_link_utilization", "mean_hops"});
  network.finish();
  in_the_end(reader);
  reader.finish();
}

void pilot(ObjectReader reader) {
  for (ObjectReader& record : one_or_more(reader, "records")) {
    texts(record, {"file", "id"});
    counts(record, {"workers"}, 1);
    numbers(record, {"measured", "predicted_before", "predicted_after"});
    record.finish();
  }
  for (ObjectReader& parameter : reader.objects("parameters")) {
    texts(parameter, {"name"});
    numbers(parameter, {"prior_rel_error", "posterior_rel_error", "factor"});
    (void)parameter.boolean("settled");
    parameter.finish();
  }
  for (ObjectReader& next : reader.objects("next_measurement")) {
    texts(next, {"what"});
    numbers(next, {"narrows_to"});
    next.finish();
  }
  reader.finish();
}

void prediction(ObjectReader root) {
  expect_format(root, FileKind::prediction);
  texts(root, {"scenario", "version"});
  (void)kFidelityNames.read(root, "fidelity");
  counts(root, {"seed"});
  for (ObjectReader& one : one_or_more(root, "points")) point(one);
  warnings(root);
  provenance(root);
  (void)root.optional_string("target");
  if (const auto part = root.optional_object("pilot")) pilot(*part);
  root.finish();
}

void compared_network(ObjectReader reader) {
  texts(reader, {"shape"});
  counts(reader, {"nodes", "endpoints", "switches", "switch_ports", "electrical_cables",
                  "optical_cables", "nics"});
  if (auto cost = reader.optional_object("cost")) {
    texts(*cost, {"currency"});
    numbers(*cost, {"switches", "cables", "nics", "total", "per_endpoint"});
    cost->finish();
  }
  reader.finish();
}

// Numbers of which some may be null: a loss that is not finite.
void losses(ObjectReader& reader, const char* key) {
  const nlohmann::json& list = reader.raw(key);
  if (!list.is_array()) throw reader.error_at(key, "not an array", "", "write [0.5, 0.4]");
  if (list.empty()) throw reader.error_at(key, "too few entries", "at least 1 is needed");
  for (std::size_t i = 0; i < list.size(); ++i) {
    if (list[i].is_number() || list[i].is_null()) continue;
    throw reader.error_at(std::string(key) + "/" + std::to_string(i), "neither a number nor null");
  }
}

void rank(ObjectReader& reader) {
  counts(reader, {"rank"});
  numbers(reader, {"bytes_sent"});
  if (reader.has("fixed_work_s")) (void)reader.numbers("fixed_work_s", 0, kAny);
  for (ObjectReader& step : reader.objects("steps")) {
    numbers(step, {"begin_s"}, -kAny);
    numbers(step, {"step_s", "hidden_communication"});
    for (const StepPhase phase : kStepPhases) {
      const double least = phase == StepPhase::other ? -kAny : 0;
      (void)step.optional_number(to_text(phase), least, kAny);
    }
    (void)step.optional_number("loss", -kAny, kAny);
    step.finish();
  }
  reader.finish();
}

void evaluations(ObjectReader& run) {
  for (ObjectReader& one : run.objects("evaluations")) {
    counts(one, {"step", "samples"}, 1);
    numbers(one, {"seconds"});
    for (const char* key : {"loss", "test_loss"}) (void)one.optional_number(key, -kAny, kAny);
    (void)one.optional_number("test_accuracy", 0, 1);
    numbers(one, {"learning_rate"});
    one.finish();
  }
}

void machine(ObjectReader reader) {
  texts(reader, {"cpu"});
  counts(reader, {"cores"}, 1);
  (void)reader.bytes("memory");
  for (const char* key : {"kernels", "transport"}) (void)reader.optional_string(key);
  reader.finish();
}

}  // namespace

void check_prediction(const JsonDocument& file) { prediction(file.root()); }

void check_comparison(const JsonDocument& file) {
  ObjectReader root = file.root();
  expect_format(root, FileKind::comparison);
  (void)root.strings("varied");
  for (ObjectReader& row : one_or_more(root, "rows")) {
    (void)row.object("values");
    prediction(row.object("prediction"));
    if (const auto network = row.optional_object("network")) compared_network(*network);
    row.finish();
  }
  warnings(root);
  root.finish();
}

void check_collective(const JsonDocument& file) {
  ObjectReader root = file.root();
  expect_format(root, FileKind::collective);
  texts(root, {"network", "stack"});
  (void)kOperationNames.read(root, "operation");
  counts(root, {"ranks"}, 2);
  counts(root, {"ranks_per_node"}, 1);
  (void)root.optional_string("version");
  (void)kFidelityNames.read_optional(root, "fidelity");
  (void)root.optional_integer("seed", 0, kAnyWhole);
  for (ObjectReader& row : one_or_more(root, "rows")) {
    counts(row, {"bytes"}, 1);
    quantiles(row.object("time_s"));
    numbers(row, {"algbw_GBps", "busbw_GBps"});
    texts(row, {"algorithm", "protocol"});
    row.finish();
  }
  for (ObjectReader& log : root.objects("against")) {
    texts(log, {"file"});
    for (ObjectReader& row : log.objects("rows")) {
      counts(row, {"bytes"}, 1);
      numbers(row, {"measured_s"});
      numbers(row, {"error"}, -kAny);
      row.finish();
    }
    numbers(log, {"mean_abs_error", "inside_interval"});
    log.finish();
  }
  warnings(root);
  provenance(root);
  root.finish();
}

void check_run_record(const JsonDocument& file) {
  ObjectReader root = file.root();
  expect_format(root, FileKind::run);
  (void)root.choice("run", {"train"});
  texts(root, {"version"});
  (void)root.object("scenario");
  (void)root.optional_object("profile");
  machine(root.object("machine"));
  counts(root, {"workers", "threads_per_rank", "global_batch"}, 1);
  counts(root, {"first_step"});
  losses(root, "loss");
  (void)root.numbers("learning_rate", 0, kAny);
  if (auto evaluation = root.optional_object("evaluation")) {
    counts(*evaluation, {"samples"});
    (void)evaluation->number("accuracy", 0, 1);
    (void)evaluation->optional_number("loss", -kAny, kAny);
    evaluation->finish();
  }
  if (auto diverged = root.optional_object("diverged")) {
    counts(*diverged, {"step"}, 1);
    counts(*diverged, {"rank"});
    numbers(*diverged, {"learning_rate"});
    (void)diverged->boolean("stopped");
    diverged->finish();
  }
  (void)root.optional_choice("ended_by", {"steps", "early_stopping", "stop_at", "divergence"});
  (void)root.optional_integer("update_samples", 1, kAnyWhole);
  if (root.has("evaluations")) evaluations(root);
  for (ObjectReader& one : one_or_more(root, "ranks")) rank(one);
  root.finish();
}

}  // namespace rehearse
