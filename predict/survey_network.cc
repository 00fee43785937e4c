#include "predict/survey_network.h"

#include <algorithm>
#include <array>
#include <regex>

namespace rehearse {
namespace {

// Some machines have nodes of several kinds, and some share their name with other things: the
// device of the record must then start with `device`.
struct KnownMachine {
  const char* name;
  const char* preset;
  const char* device = "";
};

const char* preset_of(const SurveyRecord& record) {
  static constexpr std::array<KnownMachine, 19> kMachines{{
      {"Piz Daint", "aries-piz-daint"},
      {"Cori", "aries-cori"},
      {"Selene", "infiniband-hdr-selene"},
      {"Eos", "infiniband-ndr-eos"},
      {"Summit", "infiniband-edr-summit"},
      {"Perlmutter", "slingshot-perlmutter"},
      {"Frontier", "slingshot-frontier"},
      {"LUMI", "slingshot-lumi"},
      {"Big Basin", "ethernet-50g-big-basin"},
      {"Polaris", "slingshot-polaris", "a100-"},
      {"Alps", "slingshot-alps", "gh200"},
      {"ABCI", "infiniband-edr-abci", "v100-"},
      {"ABCI", "infiniband-hdr-abci", "a100-"},
      {"Jean Zay", "omnipath-jean-zay", "v100-"},
      {"Snellius", "infiniband-hdr-snellius", "a100-"},
      {"Lisa", "ethernet-lisa", "titan-rtx-"},
      {"Stampede2", "omnipath-stampede2", "xeon-phi-"},
      {"Titan", "gemini-titan", "k20x"},
      {"ARCHER2", "slingshot-archer2", "epyc-"},
  }};
  const auto has = [&](const char* device) {
    return *device == '\0' ||
           (record.devices.size() == 1 && record.devices.front().starts_with(device));
  };
  for (const KnownMachine& machine : kMachines) {
    const bool named =
        holds_word(record.hardware, machine.name) || holds_word(record.network, machine.name);
    if (named && has(machine.device)) return machine.preset;
  }
  return "";
}

std::vector<std::string> pieces_of(const std::string& text) {
  static const std::regex kBetween(R"(,|;|\+| and )");
  return {std::sregex_token_iterator(text.begin(), text.end(), kBetween, -1),
          std::sregex_token_iterator()};
}

bool holds_any(const std::string& text, std::initializer_list<const char*> parts) {
  return std::any_of(parts.begin(), parts.end(),
                     [&](const char* part) { return holds_text(text, part); });
}

// "per DGX-1" is of another machine where the hardware is a DGX-2.
bool of_another_machine(const std::string& piece, const std::string& hardware) {
  static const std::regex kPer(R"(per\s+([A-Za-z0-9-]+))");
  std::smatch found;
  if (!std::regex_search(piece, found, kPer)) return false;
  const std::string noun = found[1];
  const bool machine = std::any_of(noun.begin(), noun.end(), [](char c) { return c == '-'; });
  return machine && !holds_word(hardware, noun);
}

// Gbit/s of one adapter; 0 if the piece names none.
double rate_of(const std::string& piece) {
  static constexpr std::array<std::pair<const char*, double>, 10> kGenerations{{{"HDR100", 100},
                                                                                {"HDR200", 200},
                                                                                {"NDR200", 200},
                                                                                {"NDR400", 400},
                                                                                {"XDR", 800},
                                                                                {"NDR", 400},
                                                                                {"HDR", 200},
                                                                                {"EDR", 100},
                                                                                {"FDR", 56},
                                                                                {"QDR", 40}}};
  for (const auto& [word, rate] : kGenerations) {
    if (holds_word(piece, word)) return rate;
  }
  // Bits are written with a small b: "100 Gb/s", "25 Gbit/s", "400 Gbps", "100GbE".
  static const std::regex kBits(R"((\d+(?:\.\d+)?) ?(G|T)(?:b/s|bit|bps|bE|b/Sec|b/sec))");
  std::smatch found;
  if (!std::regex_search(piece, found, kBits)) return 0;
  return std::stod(found[1]) * (found[2] == "T" ? 1000 : 1);
}

int count_of(const std::string& piece, const SurveyRecord& record) {
  static const std::regex kBefore(R"(^\s*(?:[A-Za-z]+:\s*)?(\d{1,3}) ?x)");
  static const std::regex kBehind(R"( x(\d{1,3})\b)");
  std::smatch found;
  if (std::regex_search(piece, found, kBefore)) return std::max(1, std::stoi(found[1]));
  if (std::regex_search(piece, found, kBehind)) return std::max(1, std::stoi(found[1]));
  if (holds_text(piece, "dual-rail")) return 2;
  const bool each = holds_any(piece, {"per GPU", "per device"});
  return each && record.nodes > 0 ? static_cast<int>(record.workers / record.nodes) : 1;
}

}  // namespace

std::optional<SurveyNetwork> network_of(const SurveyRecord& record) {
  SurveyNetwork network;
  network.preset = preset_of(record);
  if (!network.preset.empty()) return network;
  std::optional<std::string> chosen;
  for (const std::string& piece : pieces_of(record.network)) {
    if (holds_any(piece, {"storage", "management", "NVLink", "NVSwitch", "PCIe", "intra-node",
                          "on-node", "for NS"}) ||
        rate_of(piece) == 0 || of_another_machine(piece, record.hardware)) {
      continue;
    }
    if (!chosen || holds_text(piece, "compute:")) chosen = piece;
  }
  if (!chosen) return std::nullopt;
  network.gbit_per_s = rate_of(*chosen);
  network.nics = count_of(*chosen, record);
  network.ethernet = holds_any(*chosen, {"ethernet", "RoCE", "GbE", "TCP"});
  return network;
}

double nvlink_of(const SurveyRecord& record) {
  static constexpr std::array<std::pair<const char*, double>, 11> kForms{{
      {"p100-sxm", 80},
      {"v100-sxm", 150},
      {"a100-sxm", 300},
      {"h100-sxm", 450},
      {"h200-sxm", 450},
      {"h800", 200},
      {"b200", 900},
      {"b300", 900},
      {"gh200", 450},
      {"gb200", 900},
      {"gb300", 900},
  }};
  if (record.devices.size() != 1) return 0;
  if (holds_any(record.network + " " + record.hardware, {"no NVLink", "PCIe-only"})) return 0;
  for (const auto& [form, rate] : kForms) {
    if (record.devices.front().starts_with(form)) return rate;
  }
  return 0;
}

}  // namespace rehearse
