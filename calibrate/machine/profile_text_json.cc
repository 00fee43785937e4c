#include <algorithm>
#include <nlohmann/json.hpp>
#include <optional>

#include "base/error.h"
#include "base/file_format.h"
#include "base/quantity_text.h"
#include "calibrate/machine/machine.h"
#include "calibrate/machine/measured_stack.h"
#include "calibrate/machine/stack_file.h"
#include "kernels/backend.h"
#include "runtime/worlds/mpi/mpi_world.h"
#include "scenarios/profile.h"

namespace rehearse {
namespace {

using Json = nlohmann::ordered_json;

// Numbers with their units, all digits kept.
std::string with_unit(double value, const char* unit) { return Json(value).dump() + " " + unit; }

Json direction(const MeasuredTime& time, const Work& work) {
  Json entry = {{"alone_s", time.alone.value()},
                {"busy_s", time.busy.value()},
                {"flops", work.flops.value()},
                {"bytes", work.bytes.value()}};
  if (time.spread > 0) entry["spread"] = time.spread;  // else it is not known
  if (time.warm) entry["warm_s"] = time.warm->value();
  return entry;
}

Json layers_of(const MeasuredLayers& layers) {
  Json list = Json::array();
  for (const auto& [key, layer] : layers.all()) {
    Json entry = {{"layer", key.first}, {"batch", key.second}};
    const auto add = [&](const char* name, const MeasuredTime& time, const Work& work) {
      if (time.alone > Duration(0)) entry[name] = direction(time, work);
    };
    add("forward", layer.forward, layer.forward_work);
    add("backward_data", layer.backward_data, layer.backward_data_work);
    add("backward_weights", layer.backward_weights, layer.backward_weights_work);
    list.push_back(std::move(entry));
  }
  return list;
}

Json speeds_of(const std::vector<SpeedDeviation>& speeds) {
  Json list = Json::array();
  for (const SpeedDeviation& speed : speeds) {
    list.push_back({{"lag", with_unit(speed.lag.value(), "s")}, {"cv", speed.cv}});
  }
  return list;
}

Json provenance_of(const std::vector<Provenance>& list) {
  Json array = Json::array();
  for (const Provenance& entry : list) {
    array.push_back({{"quantity", entry.quantity},
                     {"source", entry.source},
                     {"kind", std::string(to_text(entry.kind))}});
  }
  return array;
}

Json scaling_of(const std::vector<ThreadSpeed>& scaling) {
  Json array = Json::array();
  for (const ThreadSpeed& speed : scaling) {
    array.push_back({{"threads", speed.threads}, {"slower", speed.slower}});
  }
  return array;
}

Json device_of(const DeviceProfile& device) {
  const MeasuredDevice& measured = *device.measured;
  const FlopRate peak = *device.peak[static_cast<std::size_t>(Precision::fp32)];
  return {{"name", device.name},
          {"kind", device.is_accelerator() ? "gpu" : "cpu"},
          {"peak", {{"fp32", with_unit(peak.value(), "FLOP/s")}}},
          {"memory_bandwidth", with_unit(device.memory_bandwidth.value(), "B/s")},
          {"memory_capacity", with_unit(device.memory_capacity.value(), "B")},
          {"launch_overhead", "0 s"},
          {"host_link_bandwidth", with_unit(device.host_link_bandwidth.value(), "B/s")},
          {"utilisation", {{"matrix", 1}, {"memory", 1}}},
          {"compute_cv", device.compute_cv},
          {"device_cv", device.device_cv},
          {"measured",
           {{"threads", measured.threads},
            {"devices", measured.devices},
            {"shares_core", measured.shares_core},
            {"drift", measured.drift},
            {"speeds", speeds_of(measured.speeds)},
            {"thread_scaling", scaling_of(measured.scaling)},
            {"fixed_work", with_unit(measured.fixed_work_alone.value(), "s")},
            {"fixed_work_busy", with_unit(measured.fixed_work_busy.value(), "s")},
            {"update_bandwidth", with_unit(measured.update_alone.value(), "B/s")},
            {"update_bandwidth_busy", with_unit(measured.update_busy.value(), "B/s")},
            {"layers", layers_of(measured.layers)}}},
          {"provenance", provenance_of(device.provenance)}};
}

double seconds_at(const Json& measured, const char* key) {
  return parse_duration(measured.at(key).get<std::string>()).value();
}

// How much longer work takes now than it took then; nothing where that is not known.
struct Slowdown {
  double alone = 1;
  double busy = 1;
};

std::optional<Slowdown> slowdown_since(const Json& old, const Json& fresh) {
  const auto ratio = [&](const char* key) {
    if (!old.contains(key) || !fresh.contains(key)) return 0.0;
    const double then = seconds_at(old, key);
    return then > 0 ? seconds_at(fresh, key) / then : 0.0;
  };
  const Slowdown since{ratio("fixed_work"), ratio("fixed_work_busy")};
  if (!(since.alone > 0) || !(since.busy > 0)) return std::nullopt;
  return since;
}

Json at_speed(Json layer, const Slowdown& since) {
  for (const char* direction : {"forward", "backward_data", "backward_weights"}) {
    if (!layer.contains(direction)) continue;
    Json& times = layer.at(direction);
    times["alone_s"] = since.alone * times.at("alone_s").get<double>();
    times["busy_s"] = since.busy * times.at("busy_s").get<double>();
    if (times.contains("warm_s")) times["warm_s"] = since.alone * times.at("warm_s").get<double>();
  }
  return layer;
}

// Layers that an earlier calibration of the same share of the machine has measured and this one has
// not, as long as they would take now.
void keep_layers(const Json& earlier, Json& device) {
  const Json& old = earlier.at("device").at("measured");
  Json& fresh = device.at("measured");
  const std::optional<Slowdown> since = slowdown_since(old, fresh);
  for (const char* key : {"threads", "devices", "shares_core"}) {
    if (old.at(key) != fresh.at(key)) return;
  }
  for (const Json& layer : old.at("layers")) {
    const bool known =
        std::any_of(fresh.at("layers").begin(), fresh.at("layers").end(), [&](const Json& other) {
          return other.at("layer") == layer.at("layer") && other.at("batch") == layer.at("batch");
        });
    if (!known) fresh.at("layers").push_back(at_speed(layer, since.value_or(Slowdown{})));
  }
  if (since) return;
  // The fixed work of now says nothing of layers of another minute.
  fresh.erase("fixed_work");
  fresh.erase("fixed_work_busy");
}

Json machine_now() {
  const Machine machine = this_machine();
  return {{"cpu", machine.cpu},
          {"cores", machine.cores},
          {"memory", with_unit(machine.memory.value(), "B")},
          {"kernels", cpu_backend().library()},
          {"transport", MpiSession::library()}};
}

Json points(const std::vector<RepeatedTime>& times) {
  Json list = Json::array();
  for (const RepeatedTime& time : times) {
    list.push_back({{"bytes", time.size.value()},
                    {"median_s", time.median.value()},
                    {"deviation_s", time.deviation.value()},
                    {"repetitions", time.repetitions}});
  }
  return list;
}

Json level_of(const LevelMeasurements& level) {
  return {
      {"ping_pong", points(level.ping_pong)},
      {"exchange", points(level.exchange)},
      {"exchange_fit_error",
       {{"median", level.exchange_fit.median_error}, {"worst", level.exchange_fit.worst_error}}}};
}

Json task_of(const TaskMeasurements& task) {
  Json result = {{"call_s", task.call.value()}};
  if (task.inside_node) result["inside_node"] = level_of(*task.inside_node);
  if (task.between_nodes) result["between_nodes"] = level_of(*task.between_nodes);
  result["all_reduce"] = Json::array();
  for (const AllReduceMeasurements& one : task.all_reduces) {
    result["all_reduce"].push_back(
        {{"algorithm", to_text(one.algorithm)},
         {"times", points(one.times)},
         {"estimate_error", {{"median", one.median_error}, {"worst", one.worst_error}}}});
  }
  return result;
}

Json collectives_of(const CollectiveMeasurements& measured) {
  return {{"ranks", measured.ranks},
          {"nodes", measured.nodes},
          {"library", measured.library},
          {"additions", points(measured.additions)},
          {"main_task", task_of(measured.main)},
          {"background_task", task_of(measured.background)}};
}

Json noise_of(const NoiseMeasurement& noise) {
  return {{"quantum_s", noise.quantum.value()},
          {"cv", noise.cv},
          {"worst", noise.worst},
          {"compute_slowdown", noise.compute_slowdown},
          {"memory_slowdown", noise.memory_slowdown},
          {"wake_up_s", noise.wake_up.value()}};
}

// The earlier profile, which may lack a device, keys in its order. Throws Error::input.
Json read_earlier(const std::string& text) {
  const JsonDocument document = JsonDocument::parse_text(text, "the earlier profile");
  ObjectReader root = document.root();
  expect_format(root, FileKind::machine);
  if (root.has("device")) {
    (void)read_profile(document);
  } else if (root.string("profile") != "machine") {
    throw root.error_at("profile", "this is no profile of a machine", "", "choose another file");
  }
  constexpr double kLargestCv = 2;  // of a device profile
  if (auto noise = root.optional_object("noise")) (void)noise->optional_number("cv", 0, kLargestCv);
  constexpr bool kThrow = true;
  constexpr bool kSkipComments = true;
  return Json::parse(text, nullptr, kThrow, kSkipComments);
}

// Of a part that was measured while others were busy.
void tell_load(const std::optional<MachineLoad>& load, Json& part) {
  if (!load || !load->is_busy()) return;
  part["provenance"].push_back({{"quantity", "load of the machine"},
                                {"source", to_text(*load) + " while it was measured"},
                                {"kind", "measured"}});
}

}  // namespace

std::string profile_text(const Findings& findings, const std::string& earlier) {
  Json profile = {{"format", format_of(FileKind::machine)}, {"profile", "machine"}};
  if (!earlier.empty()) profile.update(read_earlier(earlier));
  profile["machine"] = machine_now();
  if (findings.device) {
    Json device = device_of(*findings.device);
    tell_load(findings.load, device);
    if (profile.contains("device")) keep_layers(profile, device);
    profile["device"] = std::move(device);
  }
  if (findings.collectives) {
    profile["fabric"] = Json::parse(stack_file(measured_stack(*findings.collectives)));
    tell_load(findings.load, profile["fabric"]);
    profile["collectives"] = collectives_of(*findings.collectives);
  }
  if (findings.noise) {
    const Json overlap = profile["noise"]["overlap"];
    profile["noise"] = noise_of(*findings.noise);
    if (findings.load) profile["noise"]["load"] = findings.load->others;
    if (!overlap.is_null()) profile["noise"]["overlap"] = overlap;
  }
  if (findings.overlap) {
    profile["noise"]["overlap"] = {
        {"compute_slowdown", findings.overlap->compute_slowdown},
        {"communication_slowdown", findings.overlap->communication_slowdown}};
  }
  if (profile.contains("device") && profile.contains("noise") &&
      profile["noise"].contains("wake_up_s")) {
    profile["device"]["measured"]["wake_up"] =
        with_unit(profile["noise"].at("wake_up_s").get<double>(), "s");
  }
  return profile.dump(1, ' ', false, Json::error_handler_t::replace) + "\n";
}

}  // namespace rehearse
