#include <nlohmann/json.hpp>

#include "base/contract.h"
#include "base/quantity_text.h"
#include "base/scan.h"
#include "validate/survey_layout.h"
#include "validate/survey_scenario.h"
#include "validate/survey_software.h"

namespace rehearse {
namespace {

using Json = nlohmann::ordered_json;

// Above it the flow model takes long and says what the analytic one says
// (docs/studies/fidelities.md).
constexpr std::int64_t kMostFlowWorkers = 256;

Json assumed(const char* quantity, const std::string& source) {
  return {{"quantity", quantity}, {"source", source}, {"kind", "assumed"}};
}

Json calibration_json(const SurveyRecord& record, const SurveyCalibration& calibration) {
  return {{"samples_per_s", calibration.samples_per_s},
          {"batch", calibration.batch},
          {"relative_error", calibration.relative_error},
          {"source", calibration.source},
          {"model", record.zoo},
          {"device", record.devices.front()},
          {"precision", record.precision}};
}

// The links inside a node, unless the preset describes them.
void add_inside(const SurveyRecord& record, std::int64_t devices, Json& node, Json& provenance) {
  if (devices < 2) return;
  const double nvlink = nvlink_of(record);
  if (nvlink > 0) {
    node["device_bandwidth"] = significant(nvlink, 6) + " GB/s";
    provenance.push_back(assumed("device_bandwidth",
                                 "NVLink of this form of the device, all its links in one "
                                 "direction; the record does not tell how they are wired"));
  } else {
    node["device_bandwidth"] = "12 GB/s";
    provenance.push_back(assumed("device_bandwidth",
                                 "PCIe 3.0 x16: 15.75 GB/s less the overhead of packets; the "
                                 "record does not tell the links inside its nodes"));
  }
  node["device_latency"] = "1 us";
  provenance.push_back(assumed("device_latency", "order of magnitude of links inside a node"));
}

Json switch_json(const std::optional<SurveyNetwork>& network, Json& node, Json& provenance) {
  Json result = {{"topology", "single_switch"}};
  if (!network) {
    result["injection_bandwidth"] = "100 Gbit/s";
    result["injection_latency"] = "300 ns";
    provenance.push_back(assumed("injection_bandwidth, injection_latency",
                                 "one node: nothing leaves it, and nothing depends on them"));
    return result;
  }
  result["injection_bandwidth"] = significant(network->gbit_per_s, 6) + " Gbit/s";
  result["injection_latency"] = network->ethernet ? "600 ns" : "300 ns";
  if (!network->nic.empty()) result["nic"] = network->nic;
  node["nics"] = network->nics;
  provenance.push_back(assumed("topology, nics, injection_bandwidth",
                               network->assumed
                                   ? "the record tells no network: all nodes on one switch, with "
                                     "the usual adapter beside each device"
                                   : "all nodes on one switch, with the adapters that the words of "
                                     "the record name"));
  provenance.push_back(
      assumed("injection_latency", "order of magnitude of an adapter and the first switch"));
  return result;
}

Json cluster_json(const SurveyRecord& record, const std::optional<SurveyNetwork>& network,
                  const std::optional<SurveyCalibration>& calibration) {
  const std::int64_t told = record.workers / record.nodes;
  const std::int64_t devices = network && network->devices > 0 ? network->devices : told;
  Json provenance = Json::array();
  Json node = {{"device", record.devices.front()}, {"devices", devices}};
  Json net;
  if (network && !network->preset.empty()) {
    net = {{"preset", network->preset}};
    if (network->devices > 0) node["nics"] = network->nics;
    if (const std::string stack = server_stack(record, network); !stack.empty())
      net["stack"] = stack;
  } else {
    add_inside(record, devices, node, provenance);
    net = switch_json(network, node, provenance);
    if (has_servers(record)) {
      net["stack"] = "ideal";
      provenance.push_back(assumed("stack",
                                   "nothing is known of gRPC on these adapters: tensors "
                                   "move at their line rate"));
    }
    net["provenance"] = provenance;
  }
  if (calibration) node["calibration"] = calibration_json(record, *calibration);
  return {{"nodes", record.workers / devices}, {"node", node}, {"network", net}};
}

Json all_reduce_json(const SurveyRecord& record) {
  const bool horovod = record.framework == "horovod" || holds_text(record.algorithm, "horovod");
  return {{"batching", horovod ? "horovod" : "buckets"}};
}

// Submissions of MLPerf with MXNet replay CUDA graphs (E2E_CUDA_GRAPHS, MXNET_ENABLE_CUDA_GRAPHS in
// their config_*.sh); taken to do so from round 2.0 on.
bool replays_graphs(const SurveyRecord& record) {
  constexpr int kFirstRound = 2;
  if (record.framework != "mxnet" && !holds_text(record.algorithm, "MXNet")) return false;
  for (TextScan scan(record.source); scan.find("MLPerf Training v");) {
    if (!scan.digits(1, 3)) continue;
    const int round = std::stoi(std::string(scan.taken()));
    if (scan.next() == '.') return round >= kFirstRound;
  }
  return false;
}

// TensorFlow's benchmarks (tf_cnn_benchmarks, variable_mgr.py) deal variables out to servers by
// their bytes, and their default optimizer has no momentum. The nodes of the record are those of
// its workers: its servers run on them.
Json training_around_servers(const SurveyRecord& record, const Json& batch) {
  return {{"strategy", "sync_backup_ps"},
          {"backup_workers", 0},
          {"servers",
           {{"count", static_cast<std::int64_t>(record.degree("servers", 1))},
            {"placement", "colocated"},
            {"sharding", "balanced"}}},
          {"batch", batch},
          {"optimizer", {{"name", "sgd"}}}};
}

// Megatron-LM adds gradients in fp32 where the weights are bf16, not where they are fp16
// (megatron/training/arguments.py).
Json training_of_layout(const SurveyRecord& record) {
  Json training = {{"framework", framework_text(record)},
                   {"strategy", "sync"},
                   {"batch", {{"per_worker", replica_batch(record)}}},
                   {"optimizer", {{"name", "adam"}}},
                   {"parallelism", Json::parse(parallelism_text(record))}};
  if (record.framework == "megatron" && record.precision == "fp16") {
    training["gradient_precision"] = "fp16";
  }
  const SurveySoftware software = software_of(record);
  if (software.launch_gap) {
    training["launch_gap"] = significant(software.launch_gap->value() * 1e6, 6) + " us";
  }
  if (software.stream_factor) training["stream_factor"] = *software.stream_factor;
  return training;
}

// Sequences are made on the spot, and how many there are bears on epochs only.
Json data_json(const SurveyRecord& record) {
  if (laid_out(record)) return {{"samples", 10'000'000}, {"sequence", record.sequence}};
  Json data = {{"samples", 1281167}, {"bytes_per_sample", "110 kB"}};
  if (record.sequence > 0 && of_language(record)) data["sequence"] = record.sequence;
  return data;
}

Json model_json(const SurveyRecord& record) {
  if (laid_out(record)) return Json::parse(model_text(record));
  return {{"zoo", record.zoo}};
}

Json training_json(const SurveyRecord& record, bool even) {
  if (laid_out(record)) return training_of_layout(record);
  const Json batch =
      even ? Json{{"per_worker", record.batch / record.workers}} : Json{{"global", record.batch}};
  if (has_servers(record)) return training_around_servers(record, batch);
  Json training = {{"strategy", "sync"},
                   {"batch", batch},
                   {"optimizer", {{"name", "sgd"}, {"momentum", 0.9}}},
                   {"allreduce", all_reduce_json(record)}};
  if (replays_graphs(record)) training["launch_gap"] = "0.5 us";
  return training;
}

}  // namespace

std::string server_stack(const SurveyRecord& record, const std::optional<SurveyNetwork>& network) {
  const bool aries = network && network->preset == "aries-piz-daint";
  return has_servers(record) && aries ? "grpc-aries" : "";
}

std::string scenario_text(const SurveyRecord& record, const std::optional<SurveyNetwork>& network,
                          const std::optional<SurveyCalibration>& calibration) {
  EXPECTS(record.nodes > 0 && record.workers % record.nodes == 0);
  const bool layout = laid_out(record);
  const bool even = layout || record.batch % record.workers == 0;
  // Workers around servers are not all alike.
  const bool folded = layout || (record.workers > kMostFlowWorkers && !has_servers(record));
  const Json scenario = {
      {"name", record.id},
      {"model", model_json(record)},
      {"precision", record.precision},
      {"data", data_json(record)},
      {"cluster", cluster_json(record, network, calibration)},
      {"training", training_json(record, even)},
      {"sweep", {{"workers", {record.workers}}, {"scaling", even ? "weak" : "strong"}}},
      {"fidelity", folded ? "analytic" : "flow"},
      {"seed", 1}};
  return scenario.dump(-1, ' ', false, Json::error_handler_t::replace);
}

}  // namespace rehearse
