#include <cmath>
#include <nlohmann/json.hpp>
#include <vector>

#include "base/file_format.h"
#include "base/quantity_text.h"
#include "calibrate/fits/kernel_file.h"

namespace rehearse {
namespace {

using Json = nlohmann::ordered_json;

double rounded(double value) { return std::stod(significant(value, 3)); }

Json spread(const KernelSpread& one) {
  const auto thousandths = [](double value) { return std::round(1000 * value) / 1000; };
  return {thousandths(one.low), thousandths(one.high)};
}

Json parameters(const KernelLaw& law) {
  Json list = Json::object();
  const bool counts_operations = law.kind == KernelKind::gemm ||
                                 law.kind == KernelKind::convolution ||
                                 law.kind == KernelKind::attention;
  if (counts_operations) list["rate"] = to_text(law.rate);
  list["bandwidth"] = to_text(law.bandwidth);
  list["launch"] = to_text(law.launch);
  if (law.tile > 0) list["tile"] = rounded(law.tile);
  if (law.ramp > 0) list["ramp"] = rounded(law.ramp);
  if (law.block > Duration(0)) list["block"] = significant(1e9 * law.block.value(), 3) + " ns";
  if (law.winograd > 1) list["winograd"] = rounded(law.winograd);
  if (law.wide != 1) list["wide"] = rounded(law.wide);
  return list;
}

// `shapes` stands for the list of residuals, which is put in its place as text.
Json law_json(const KernelLaw& law, const std::string& shapes) {
  Json entry = {{"kind", kKernelKindNames.text(law.kind)},
                {"precision", to_text(law.precision)},
                {"library", law.library},
                {"parameters", parameters(law)}};
  Json directions = Json::object();
  for (const KernelDirection direction : kKernelDirectionNames.values()) {
    const double factor = law.direction[static_cast<std::size_t>(direction)];
    if (factor > 0)
      directions[std::string(kKernelDirectionNames.text(direction))] = rounded(factor);
  }
  entry["direction"] = directions;
  if (law.processors == 0) entry["quantised"] = false;
  if (law.most_splits > 1) entry["most_splits"] = law.most_splits;
  if (law.streams) entry["streams"] = true;
  if (law.register_blocks) entry["register_blocks"] = true;
  if (law.tensor_cores) entry["tensor_cores"] = true;
  if (law.sharp_edge) entry["sharp_edge"] = true;
  Json spreads = {{"small", spread(law.spread_near[0])}, {"large", spread(law.spread_near[1])}};
  if (!law.residuals.empty()) {
    spreads["near"] = rounded(law.near);
    spreads["small_far"] = spread(law.spread_far[0]);
    spreads["large_far"] = spread(law.spread_far[1]);
  }
  entry["spread"] = spreads;
  entry["measured"] = {{"rows", law.rows},
                       {"least_flop", rounded(law.least_flops.value())},
                       {"most_flop", rounded(law.most_flops.value())}};
  entry["source"] = law.source;
  if (!law.residuals.empty()) {
    entry["residuals"] = {{"width", law.residuals.weights().width},
                          {"weight", law.residuals.weights().weight},
                          {"shapes", shapes}};
  }
  return entry;
}

// One shape and its residual in thousandths a line.
std::string shapes_text(const ResidualTable& table) {
  std::string text = "[";
  for (const ResidualEntry& entry : table.entries()) {
    text += text.size() > 1 ? ",\n" : "\n";
    for (const std::int64_t number : to_numbers(entry.query)) text += std::to_string(number) + ",";
    text += std::to_string(std::llround(1000 * entry.residual));
  }
  return text + "]";
}

std::string mark(std::size_t at) { return "residuals of law " + std::to_string(at); }

Json laws_json(const KernelLaws& laws) {
  Json list = Json::array();
  for (const KernelLaw& law : laws.laws) list.push_back(law_json(law, mark(list.size())));
  return list;
}

// Arrays of two numbers stay on a line.
std::string text_of(const Json& file, const KernelLaws& laws) {
  std::string text = file.dump(1);
  for (std::size_t at = 0; at < laws.laws.size(); ++at) {
    const std::string marked = "\"" + mark(at) + "\"";
    const std::size_t found = text.find(marked);
    if (found == std::string::npos) continue;
    text.replace(found, marked.size(), shapes_text(laws.laws[at].residuals));
  }
  return text + "\n";
}

}  // namespace

std::string kernels_file(const KernelLaws& laws, const std::string& device) {
  Json file = {{"format", format_of(FileKind::kernels)}, {"device", device}};
  if (laws.for_layers) file["for_layers"] = true;
  file["laws"] = laws_json(laws);
  return text_of(file, laws);
}

std::string profile_with_kernels(const JsonDocument& base, const std::string& name,
                                 const KernelLaws& laws, const std::string& source) {
  Json file = Json::parse(base.value().dump());
  file["format"] = format_of(FileKind::device);
  file["name"] = name;
  file["kernels"] = {{"laws", laws_json(laws)}};
  if (laws.for_layers) file["kernels"]["for_layers"] = true;
  file["provenance"].push_back({{"quantity", "kernels"}, {"source", source}, {"kind", "derived"}});
  // The format comes first.
  Json ordered = {{"format", file["format"]}, {"name", file["name"]}};
  for (const auto& [key, value] : file.items()) ordered[key] = value;
  return text_of(ordered, laws);
}

}  // namespace rehearse
