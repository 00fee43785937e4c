// The study of laws of kernels: fits every device of a kernel table, judges the laws by the kernels
// that were held out, and writes the files of scenarios/devices/kernels. What it prints is the
// table of docs/studies/kernels.md.
//
//   kernel_study kernels.csv scenarios/devices [DEVICE]
#include <algorithm>
#include <iostream>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "base/quantity_text.h"
#include "base/text_file.h"
#include "calibrate/fits/kernel_file.h"
#include "calibrate/fits/kernel_judgement.h"
#include "kernels/devices/device_profile.h"
#include "studies/tool_main.h"

namespace rehearse {
namespace {

// Devices with kernels of their own, by the word of the table and of the profile.
constexpr const char* kMeasured[] = {"p100-pcie-16gb",
                                     "v100-sxm2-16gb",
                                     "v100-pcie-32gb",
                                     "t4",
                                     "l4",
                                     "l40s",
                                     "a100-pcie-40gb",
                                     "a100-pcie-80gb",
                                     "a100-sxm4-80gb",
                                     "h100-sxm5-80gb",
                                     "h200-sxm5-141gb",
                                     "b200",
                                     "gb200",
                                     "b300",
                                     "xeon-phi-7250"};

// Devices of the table without a profile.
struct Chip {
  const char* word;
  double processors, fp32, fp16, bandwidth;  // TFLOP/s, GB/s
};
constexpr Chip kChips[] = {{"mi210", 104, 45.3, 181, 1638}, {"mi250-gcd", 104, 45.3, 181, 1638}};

// Profiles whose laws are those of another device in the proportion of the data sheets. `wider`:
// how much wider the intervals are. `kinds`: which laws, by their words; empty: all.
struct Derived {
  const char* profile;
  const char* from;
  double wider;
  std::vector<KernelKind> kinds;
};

const std::vector<Derived>& derived() {
  using enum KernelKind;
  static const std::vector<KernelKind> kRows{layernorm, softmax, elementwise};
  static const std::vector<Derived> kDerived{
      {"p100-sxm2-16gb", "p100-pcie-16gb", 1.5, {}},
      {"v100-pcie-32gb", "v100-sxm2-16gb", 1.5, {convolution}},
      {"v100-sxm2-16gb", "v100-pcie-32gb", 1.5, kRows},
      {"a100-sxm4-40gb", "a100-sxm4-80gb", 1.5, {}},
      {"a100-sxm4-40gb", "a100-pcie-40gb", 1.5, kRows},
      {"a100-sxm4-80gb", "a100-pcie-80gb", 1.5, kRows},
      {"gh200", "h100-sxm5-80gb", 1.5, {}},
      {"h200-sxm5-141gb", "h100-sxm5-80gb", 1.5, kRows},
      {"b200", "h100-sxm5-80gb", 2, kRows},
      {"gb200", "h100-sxm5-80gb", 2, kRows},
      {"gb200", "b200", 1.5, {attention}},
      {"b300", "h100-sxm5-80gb", 2, kRows},
      {"b300", "b200", 1.5, {attention}},
      {"gb300", "b300", 1.5, {gemm}},
      {"mi250x-gcd", "mi250-gcd", 2, {}},
      {"mi250x-gcd", "mi210", 2, {gemm}},
      {"mi300x", "mi210", 3, {}},
      {"k80", "p100-pcie-16gb", 3, {gemm, convolution}},
      {"xeon-platinum-8480", "xeon-phi-7250", 3, {}}};
  return kDerived;
}

constexpr const char* kSource = "kernel table, two thirds of the shapes (docs/studies/kernels.md)";

struct Fitted {
  DeviceFacts facts;
  KernelLaws laws;
};

KernelSpread widened(const KernelSpread& spread, double factor) {
  return {factor * spread.low, factor * spread.high};
}

// A law in the proportion of two data sheets; nothing where a rate is not known.
std::optional<KernelLaw> scaled(const KernelLaw& law, const DeviceFacts& from,
                                const DeviceFacts& to, double wider) {
  const auto precision = static_cast<std::size_t>(law.precision);
  const bool counts = law.rate < FlopRate(1e29);
  if (counts && (!from.peak[precision] || !to.peak[precision])) return std::nullopt;
  KernelLaw other = law;
  if (counts) other.rate = law.rate * (*to.peak[precision] / *from.peak[precision]);
  other.bandwidth = law.bandwidth * (*to.memory_bandwidth / *from.memory_bandwidth);
  if (law.processors > 0) other.processors = to.processors;
  // What is special of the shapes belongs to the other device.
  other.residuals = {};
  for (std::size_t size = 0; size < 2; ++size) {
    other.spread_near[size] = other.spread_far[size] = widened(law.spread_far[size], wider);
  }
  return other;
}

DeviceProfile profile_of(const std::string& folder, const std::string& name) {
  JsonDocument bare = JsonDocument::parse_file(folder + "/" + name + ".json");
  bare.set("kernels=null");  // they are what the study makes
  return read_device_profile(bare.root());
}

DeviceFacts facts_of(const Chip& chip) {
  DeviceFacts facts{
      .processors = chip.processors, .is_cpu = false, .peak = {}, .memory_bandwidth = {}};
  facts.peak[static_cast<std::size_t>(Precision::fp32)] = FlopRate(1e12 * chip.fp32);
  facts.peak[static_cast<std::size_t>(Precision::fp16)] = FlopRate(1e12 * chip.fp16);
  facts.memory_bandwidth = Bandwidth(1e9 * chip.bandwidth);
  return facts;
}

std::string in_percent(double share) { return significant(100 * share, 2); }

std::string pair_text(const std::optional<ErrorSizes>& sizes) {
  if (!sizes) return "";
  return in_percent(sizes->median) + " / " + in_percent(sizes->p90);
}

std::string markdown_header() {
  return "| device | kind | precision | library | fitted | held | large: median / p90 | roofline | "
         "small: median | us | roofline | inside |\n"
         "|---|---|---|---|---|---|---|---|---|---|---|---|\n";
}

// A line of docs/studies/kernels.md.
std::string markdown(const std::string& device, const Judgement& judgement) {
  const KernelLaw& law = *judgement.law;
  std::string line = "| " + device + " | " + std::string(kKernelKindNames.text(law.kind)) + " | " +
                     std::string(to_text(law.precision)) + " | " + law.library + " | " +
                     std::to_string(law.rows) + " | " + std::to_string(judgement.held) + " | " +
                     pair_text(judgement.large) + " | " + pair_text(judgement.roofline_large) +
                     " | ";
  if (judgement.small) {
    line += in_percent(judgement.small->median) + " | " +
            significant(judgement.small_microseconds, 2) + " | " +
            (judgement.roofline_small ? in_percent(judgement.roofline_small->median) : "");
  } else {
    line += " | | ";
  }
  return line + " | " + in_percent(judgement.inside) + " |\n";
}

int run(const std::string& path, const std::string& folder, const std::string& only) {
  const KernelTable table = read_kernel_table(path);
  std::map<std::string, Fitted> fitted;
  std::cout << markdown_header();
  const auto fit = [&](const std::string& word, const DeviceFacts& facts) {
    if (!only.empty() && word != only) return;
    const std::vector<KernelRow> rows = table.of(word);
    KernelFit made = fit_kernels(rows, facts, word + ": " + kSource);
    for (const std::string& group : made.too_few) std::cerr << word << " " << group << "\n";
    for (const Judgement& one : judge(made.laws, rows, facts)) std::cout << markdown(word, one);
    std::cout.flush();
    fitted.emplace(word, Fitted{facts, std::move(made.laws)});
  };
  for (const char* word : kMeasured) fit(word, facts_of(profile_of(folder, word)));
  for (const Chip& chip : kChips) fit(chip.word, facts_of(chip));

  std::map<std::string, KernelLaws> files;
  for (const char* word : kMeasured) {
    if (fitted.contains(word)) files[word] = fitted.at(word).laws;
  }
  for (const Derived& one : derived()) {
    if (!fitted.contains(one.from)) continue;
    const Fitted& from = fitted.at(one.from);
    const DeviceFacts to = facts_of(profile_of(folder, one.profile));
    for (const KernelLaw& law : from.laws.laws) {
      const bool wanted = one.kinds.empty() || std::find(one.kinds.begin(), one.kinds.end(),
                                                         law.kind) != one.kinds.end();
      auto other = wanted ? scaled(law, from.facts, to, one.wider) : std::nullopt;
      if (!other) continue;
      other->source = "derived from " + law.source + ", in the proportion of the data sheets";
      files[one.profile].laws.push_back(std::move(*other));
    }
  }
  for (const auto& [name, laws] : files) {
    write_text_file(folder + "/kernels/" + name + ".json", kernels_file(laws, name));
  }
  return 0;
}

}  // namespace
}  // namespace rehearse

int main(int argc, char** argv) {
  return rehearse::tool_main([&] {
    if (argc < 3 || argc > 4) {
      throw rehearse::Error::input("a table and a folder of devices are needed", "",
                                   "write kernel_study kernels.csv scenarios/devices [DEVICE]");
    }
    return rehearse::run(argv[1], argv[2], argc > 3 ? argv[3] : "");
  });
}
