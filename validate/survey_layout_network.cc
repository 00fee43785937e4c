#include <algorithm>
#include <array>
#include <cmath>
#include <string>
#include <utility>

#include "base/scan.h"
#include "validate/survey_network.h"

namespace rehearse {
namespace {

struct UsualAdapter {
  const char* device;
  double gbit_per_s;
  const char* nic;
};

// Of the makers' systems: DGX-1, DGX A100, DGX H100, H200 and B200, DGX B300 and GB300
// (ConnectX-8), and the adapters of GH200 on Alps.
const UsualAdapter* usual_adapter(const SurveyRecord& record) {
  static constexpr std::array<UsualAdapter, 9> kUsual{{{"v100-", 100, "ib-edr"},
                                                       {"a100-", 200, "ib-hdr"},
                                                       {"h100-", 400, "ib-ndr"},
                                                       {"h200-", 400, "ib-ndr"},
                                                       {"h800-", 400, "ib-ndr"},
                                                       {"b200", 400, "ib-ndr"},
                                                       {"gb200", 400, "ib-ndr"},
                                                       {"b300", 800, ""},
                                                       {"gb300", 800, ""}}};
  if (record.devices.size() != 1) return nullptr;
  for (const UsualAdapter& one : kUsual) {
    if (record.devices.front().starts_with(one.device)) return &one;
  }
  return nullptr;
}

struct Counted {
  int nics;
  double gbit_per_s;
};

// "4x200 Gb/s", "8x 400 Gb/s", wherever it stands.
std::optional<Counted> counted_rate(const std::string& text) {
  for (std::size_t begin = 0; begin < text.size(); ++begin) {
    TextScan scan(text, begin);
    if (!scan.digits(1, 3)) continue;
    const int nics = std::stoi(std::string(scan.taken()));
    begin = scan.at() - 1;
    scan.take(" ");
    if (!scan.take("x")) continue;
    scan.take(" ");
    if (!scan.digits(1, 4)) continue;
    const double rate = std::stod(std::string(scan.taken()));
    scan.take(" ");
    if (nics > 0 && rate > 0 && scan.take("Gb")) return Counted{nics, rate};
  }
  return {};
}

std::string nic_of(const SurveyRecord& record, double gbit_per_s) {
  const std::string& text = record.network;
  const auto named = [&](const char* word) { return holds_text(text, word); };
  static constexpr std::array<std::pair<const char*, const char*>, 9> kWords{
      {{"RoCE", "roce"},
       {"EFA", "efa"},
       {"Omni-Path", "omnipath"},
       {"Slingshot-11", "slingshot11"},
       {"Slingshot 11", "slingshot11"},
       {"NDR", "ib-ndr"},
       {"HDR", "ib-hdr"},
       {"EDR", "ib-edr"},
       {"FDR", "ib-fdr"}}};
  for (const auto& [word, nic] : kWords) {
    if (named(word)) return nic;
  }
  if (!named("InfiniBand") && !holds_text(record.hardware, "DGX")) return "";
  static constexpr std::array<std::pair<double, const char*>, 3> kRates{
      {{400, "ib-ndr"}, {200, "ib-hdr"}, {100, "ib-edr"}}};
  for (const auto& [rate, nic] : kRates) {
    if (gbit_per_s == rate) return nic;
  }
  return "";
}

// As many devices of one rack as divide the job, whole trays, at most `most`.
std::int64_t devices_of_rack(const SurveyRecord& record, std::int64_t most) {
  const std::int64_t tray = record.workers / record.nodes;
  for (std::int64_t devices = most / tray * tray; devices > tray; devices -= tray) {
    if (record.workers % devices == 0) return devices;
  }
  return tray;
}

SurveyNetwork rack_network(const SurveyRecord& record) {
  constexpr std::int64_t kRack = 72;
  SurveyNetwork network;
  network.preset = "nvlink-gb200-nvl72";
  network.devices = devices_of_rack(record, kRack);
  network.nics = static_cast<int>(network.devices);
  return network;
}

SurveyNetwork usual_network(const SurveyRecord& record, const UsualAdapter& usual) {
  SurveyNetwork network;
  network.nics = static_cast<int>(record.workers / record.nodes);
  network.gbit_per_s = usual.gbit_per_s;
  network.nic = usual.nic;
  network.assumed = true;
  return network;
}

// "1600 Gbps per node": as many adapters of the usual rate, but no more than devices.
void share_out(const SurveyRecord& record, SurveyNetwork& network) {
  const UsualAdapter* usual = usual_adapter(record);
  if (usual == nullptr || network.nics > 1 || network.gbit_per_s <= usual->gbit_per_s) return;
  const double devices = static_cast<double>(record.workers / record.nodes);
  const double nics = std::min(devices, std::ceil(network.gbit_per_s / usual->gbit_per_s));
  network.nics = static_cast<int>(nics);
  network.gbit_per_s /= nics;
}

// What is known of the inside of such a node.
std::optional<SurveyNetwork> inside_network(const SurveyRecord& record) {
  static constexpr std::array<std::pair<const char*, const char*>, 5> kPresets{
      {{"a100-sxm4-80gb", "infiniband-hdr-selene"},
       {"h100-sxm5-80gb", "infiniband-ndr-eos"},
       {"b200", "efa-p6-b200"},
       {"gb200", "nvlink-gb200-nvl72"},
       {"v100-sxm2-16gb", "infiniband-edr-dgx1-v100"}}};
  if (record.devices.size() != 1) return std::nullopt;
  for (const auto& [device, preset] : kPresets) {
    if (record.devices.front() != device) continue;
    SurveyNetwork network;
    network.preset = preset;
    return network;
  }
  return std::nullopt;
}

}  // namespace

std::optional<SurveyNetwork> layout_network_of(const SurveyRecord& record) {
  if (record.nodes == 1) return inside_network(record);
  if (holds_word(record.network, "NVL72")) return rack_network(record);
  const std::optional<SurveyNetwork> network = network_of(record);
  if (network && !network->preset.empty()) return network;
  return layout_adapters_of(record);
}

std::optional<SurveyNetwork> layout_adapters_of(const SurveyRecord& record) {
  std::optional<SurveyNetwork> network = adapters_of(record);
  if (const auto counted = counted_rate(record.network)) {
    if (!network) network.emplace();
    network->nics = counted->nics;
    network->gbit_per_s = counted->gbit_per_s;
  }
  if (!network) {
    const UsualAdapter* usual = usual_adapter(record);
    if (usual == nullptr) return std::nullopt;
    return usual_network(record, *usual);
  }
  share_out(record, *network);
  network->nic = nic_of(record, network->gbit_per_s);
  if (network->nic == "roce" || network->nic == "efa") network->ethernet = true;
  return network;
}

}  // namespace rehearse
