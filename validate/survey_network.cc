#include "validate/survey_network.h"

#include <algorithm>
#include <array>
#include <optional>
#include <string>
#include <vector>

#include "base/scan.h"

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

std::string letters_and_digits() {
  return "0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ";
}

std::vector<std::string> pieces_of(const std::string& text) {
  std::vector<std::string> pieces;
  TextScan scan(text);
  std::size_t begin = 0;
  const auto end_piece = [&](std::size_t end) {
    pieces.push_back(text.substr(begin, end - begin));
    begin = scan.at();
  };
  while (!scan.ends()) {
    const std::size_t at = scan.at();
    if (scan.take(",") || scan.take(";") || scan.take("+") || scan.take(" and ")) {
      end_piece(at);
    } else {
      scan = TextScan(text, at + 1);
    }
  }
  end_piece(text.size());
  return pieces;
}

bool holds_any(const std::string& text, std::initializer_list<const char*> parts) {
  return std::any_of(parts.begin(), parts.end(),
                     [&](const char* part) { return holds_text(text, part); });
}

// "per DGX-1" is of another machine where the hardware is a DGX-2.
bool of_another_machine(const std::string& piece, const std::string& hardware) {
  static const std::string kLetters = letters_and_digits() + "-";
  for (TextScan scan(piece); scan.find("per");) {
    if (!scan.take_of(" \t\n", 1) || !scan.take_of(kLetters, 1)) continue;
    const std::string noun(scan.taken());
    return noun.find('-') != std::string::npos && !holds_word(hardware, noun);
  }
  return false;
}

// Amazon's sizes of instances: "8xlarge 10 Gb/s" is of another one than a p2.xlarge.
bool of_another_size(const std::string& piece, const std::string& hardware) {
  static constexpr std::array<const char*, 7> kSizes{"xlarge",   "2xlarge",  "4xlarge", "8xlarge",
                                                     "16xlarge", "24xlarge", "48xlarge"};
  const auto names = [](const std::string& text, const char* size) {
    return holds_word(text, size);
  };
  const bool told = std::any_of(kSizes.begin(), kSizes.end(),
                                [&](const char* size) { return names(hardware, size); });
  return told && std::any_of(kSizes.begin(), kSizes.end(), [&](const char* size) {
           return names(piece, size) && !names(hardware, size);
         });
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
  for (std::size_t begin = 0; begin < piece.size(); ++begin) {
    TextScan scan(piece, begin);
    if (!scan.digits(1)) continue;
    std::string number(scan.taken());
    begin = scan.at() - 1;
    if (scan.take(".") && scan.digits(1)) number += "." + std::string(scan.taken());
    scan.take(" ");
    const bool tera = scan.next() == 'T';
    if (!scan.take("G") && !scan.take("T")) continue;
    for (const char* unit : {"b/s", "bit", "bps", "bE", "b/Sec"}) {
      if (scan.take(unit)) return std::stod(number.substr(0, 20)) * (tera ? 1000 : 1);
    }
  }
  return 0;
}

// "4 x", "compute: 4x" at the beginning; absent: not there.
std::optional<int> count_before(const std::string& piece) {
  TextScan scan(piece);
  scan.take_of(" \t", 0);
  const std::size_t word = scan.at();
  const bool labelled = scan.take_of(letters_and_digits().substr(10), 1) && scan.take(":");
  if (!labelled) scan = TextScan(piece, word);
  scan.take_of(" \t", 0);
  if (!scan.digits(1, 3)) return {};
  const int count = std::stoi(std::string(scan.taken()));
  scan.take(" ");
  return scan.take("x") ? std::optional(count) : std::nullopt;
}

// "EDR x4"
std::optional<int> count_behind(const std::string& piece) {
  for (TextScan scan(piece); scan.find(" x");) {
    if (!scan.digits(1, 3)) continue;
    const int count = std::stoi(std::string(scan.taken()));
    if (letters_and_digits().find(scan.next()) == std::string::npos && scan.next() != '_') {
      return count;
    }
  }
  return {};
}

int count_of(const std::string& piece, const SurveyRecord& record) {
  if (const auto count = count_before(piece)) return std::max(1, *count);
  if (const auto count = count_behind(piece)) return std::max(1, *count);
  if (holds_text(piece, "dual-rail")) return 2;
  const bool each = holds_any(piece, {"per GPU", "per device"});
  return each && record.nodes > 0 ? static_cast<int>(record.workers / record.nodes) : 1;
}

}  // namespace

std::optional<SurveyNetwork> network_of(const SurveyRecord& record) {
  SurveyNetwork network;
  network.preset = preset_of(record);
  if (!network.preset.empty()) return network;
  return adapters_of(record);
}

std::optional<SurveyNetwork> adapters_of(const SurveyRecord& record) {
  std::optional<std::string> chosen;
  for (const std::string& piece : pieces_of(record.network)) {
    if (holds_any(piece, {"storage", "management", "NVLink", "NVSwitch", "PCIe", "intra-node",
                          "on-node", "for NS"}) ||
        rate_of(piece) == 0 || of_another_machine(piece, record.hardware) ||
        of_another_size(piece, record.hardware)) {
      continue;
    }
    if (!chosen || holds_text(piece, "compute:")) chosen = piece;
  }
  if (!chosen) return std::nullopt;
  SurveyNetwork network;
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
