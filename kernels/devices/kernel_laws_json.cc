#include <filesystem>
#include <nlohmann/json.hpp>
#include <string>
#include <system_error>

#include "base/error.h"
#include "base/file_format.h"
#include "base/json_reader.h"
#include "kernels/devices/kernel_laws.h"

namespace rehearse {
namespace {

constexpr double kLargest = 1e6;  // of numbers without a unit

KernelSpread read_spread(ObjectReader& reader, std::string_view key) {
  constexpr double kMost = 5;  // a factor of 150
  const std::vector<double> ends = reader.numbers(key, -kMost, kMost);
  if (ends.size() != 2 || ends[0] > ends[1]) {
    throw reader.error_at(key, "a spread is two numbers, the smaller first");
  }
  return {ends[0], ends[1]};
}

void read_spreads(ObjectReader reader, KernelLaw& law) {
  law.near = reader.optional_number("near", 0, kLargest).value_or(0);
  law.spread_near = {read_spread(reader, "small"), read_spread(reader, "large")};
  law.spread_far = law.spread_near;
  if (reader.has("small_far")) law.spread_far[0] = read_spread(reader, "small_far");
  if (reader.has("large_far")) law.spread_far[1] = read_spread(reader, "large_far");
  reader.finish();
}

void read_directions(ObjectReader reader, KernelLaw& law) {
  law.direction = {0, 0, 0, 0};
  for (const KernelDirection direction : kKernelDirectionNames.values()) {
    const auto factor = reader.optional_number(kKernelDirectionNames.text(direction), 1e-3, 1e3);
    law.direction[static_cast<std::size_t>(direction)] = factor.value_or(0);
  }
  reader.finish();
}

void read_range(ObjectReader reader, KernelLaw& law) {
  law.least_flops = Flops(reader.number("least_flop", 0, 1e21));
  law.most_flops = Flops(reader.number("most_flop", 0, 1e21));
  law.rows = reader.integer("rows", 1, 100'000'000);
  if (law.most_flops < law.least_flops) {
    throw reader.error_at("most_flop", "it is less than least_flop");
  }
  reader.finish();
}

// The numbers of one shape after those of another, each followed by its residual in thousandths.
void read_residuals(ObjectReader reader, KernelLaw& law) {
  const ResidualWeights weights{reader.number("width", 1e-3, 100),
                                reader.number("weight", 1e-6, 100)};
  constexpr std::int64_t kMost = 5000;  // thousandths: a factor of 150
  const std::vector<std::int64_t> numbers =
      reader.integers("shapes", -kMost, std::int64_t{1} << 40);
  reader.finish();
  std::vector<ResidualEntry> entries;
  try {
    const std::size_t length = numbers_of(law.kind);
    if (numbers.size() % (length + 1) != 0) {
      throw Error::input(std::to_string(numbers.size()) + " numbers",
                         "a shape and its residual are " + std::to_string(length + 1));
    }
    for (auto at = numbers.begin(); at != numbers.end();) {
      const auto end = at + static_cast<std::ptrdiff_t>(length);
      if (*end > kMost)
        throw Error::input("the residual " + std::to_string(*end) + " is too large");
      entries.push_back({from_numbers(law.kind, {at, end}), static_cast<double>(*end) / 1000});
      at = end + 1;
    }
  } catch (const Error& error) {
    throw error.at(reader.file(), reader.path() + "/shapes");
  }
  law.residuals = ResidualTable(law.kind, std::move(entries), weights);
}

double positive(ObjectReader& reader, std::string_view key, double value) {
  if (value > 0) return value;
  throw reader.error_at(key, "it must be more than zero");
}

void read_parameters(ObjectReader reader, KernelLaw& law) {
  // Kernels of rows do not count their operations.
  law.rate = reader.optional_flop_rate("rate").value_or(FlopRate(1e30));
  positive(reader, "rate", law.rate.value());
  law.bandwidth = reader.bandwidth("bandwidth");
  positive(reader, "bandwidth", law.bandwidth.value());
  law.launch = reader.duration("launch");
  law.tile = reader.optional_number("tile", 0, kLargest).value_or(0);
  law.ramp = reader.optional_number("ramp", 0, kLargest).value_or(0);
  law.block = reader.optional_duration("block").value_or(Duration(0));
  law.winograd = reader.optional_number("winograd", 1, 2.25).value_or(1);
  law.wide = reader.optional_number("wide", 1e-3, 1e3).value_or(1);
  reader.finish();
}

KernelLaw read_law(ObjectReader reader, double processors) {
  KernelLaw law;
  law.kind = kKernelKindNames.read(reader, "kind");
  law.precision = kPrecisionNames.read(reader, "precision");
  law.library = reader.string("library");
  read_parameters(reader.object("parameters"), law);
  read_directions(reader.object("direction"), law);
  const bool quantised = reader.optional_boolean("quantised").value_or(true);
  law.processors = quantised ? processors : 0;
  law.most_splits = static_cast<int>(reader.optional_integer("most_splits", 1, 64).value_or(1));
  law.streams = reader.optional_boolean("streams").value_or(false);
  law.register_blocks = reader.optional_boolean("register_blocks").value_or(false);
  law.tensor_cores = reader.optional_boolean("tensor_cores").value_or(false);
  law.sharp_edge = reader.optional_boolean("sharp_edge").value_or(false);
  read_spreads(reader.object("spread"), law);
  read_range(reader.object("measured"), law);
  law.source = reader.string("source");
  if (const auto residuals = reader.optional_object("residuals")) read_residuals(*residuals, law);
  reader.finish();
  return law;
}

KernelLaws read_laws(ObjectReader reader, double processors) {
  KernelLaws laws;
  laws.for_layers = reader.optional_boolean("for_layers").value_or(false);
  for (ObjectReader& law : reader.objects("laws")) laws.laws.push_back(read_law(law, processors));
  reader.finish();
  return laws;
}

}  // namespace

KernelLaws read_kernels_file(const JsonDocument& file, double processors) {
  ObjectReader root = file.root();
  expect_format(root, FileKind::kernels);
  (void)root.string("device");
  return read_laws(root, processors);
}

KernelLaws read_kernel_laws(ObjectReader& device, double processors) {
  if (!device.raw("kernels").is_string()) return read_laws(device.object("kernels"), processors);
  const std::filesystem::path folder = std::filesystem::path(device.file()).parent_path();
  const std::string path = (folder / device.string("kernels")).lexically_normal().string();
  std::error_code failed;
  if (!std::filesystem::is_regular_file(path, failed)) {
    throw device.error_at("kernels", "'" + path + "' is not a file",
                          "the path is taken from the folder of the profile",
                          "put the file there, or leave 'kernels' out");
  }
  try {
    return read_kernels_file(JsonDocument::parse_file(path), processors);
  } catch (const Error& error) {
    throw error.at(path, "/");
  }
}

}  // namespace rehearse
