#include "scenarios/data_reader.h"

#include <filesystem>

#include "base/error.h"
#include "runtime/data/dataset.h"
#include "scenarios/known_keys.h"

namespace rehearse {
namespace {

constexpr std::int64_t kMostSamples = 1'000'000'000'000'000;
constexpr std::int64_t kMostSteps = 1'000'000;

std::vector<std::string> read_files(ObjectReader& data, const char* key) {
  std::vector<std::string> files;
  if (!data.has(key)) return files;
  const std::filesystem::path folder = std::filesystem::path(data.file()).parent_path();
  for (const std::string& file : data.strings(key)) {
    files.push_back((folder / file).lexically_normal().string());
  }
  return files;
}

void expect_pair(const ObjectReader& data, const char* key, const std::vector<std::string>& files) {
  if (files.empty() || files.size() == 2) return;
  throw data.error_at(key, "MNIST needs two files, not " + std::to_string(files.size()), "",
                      "give the images, then the labels");
}

DataSource read_source(ObjectReader& data) {
  DataSource source;
  source.format = kDataFormatNames.read_optional(data, "format").value_or(source.format);
  source.train = read_files(data, "train");
  source.test = read_files(data, "test");
  source.test_samples = data.optional_integer("test_samples", 0, kMostSamples).value_or(0);
  source.split = kDataSplitNames.read_optional(data, "split").value_or(source.split);
  source.readers = static_cast<int>(data.optional_integer("readers", 0, 64).value_or(0));
  if (source.format == DataSource::Format::cifar10) {
    for (const std::string& file : source.train) expect_binary_cifar10(file);
    for (const std::string& file : source.test) expect_binary_cifar10(file);
  }
  const bool synthetic = source.format == DataSource::Format::synthetic;
  if (synthetic && !(source.train.empty() && source.test.empty())) {
    throw data.error_at(source.train.empty() ? "test" : "train", "the synthetic set has no files",
                        "", "say which 'format' they have");
  }
  if (!synthetic && source.train.empty()) {
    throw data.error_at("train", "no training files are given", "", "list them");
  }
  if (!synthetic && source.test_samples > 0) {
    throw data.error_at("test_samples", "the test set is what its files hold", "",
                        "leave the key out");
  }
  if (source.format == DataSource::Format::mnist) {
    expect_pair(data, "train", source.train);
    expect_pair(data, "test", source.test);
  }
  return source;
}

// Given, or so many that hold the tokens: one sample is one sequence.
std::int64_t read_samples(ObjectReader& data, std::optional<std::int64_t> sequence) {
  const auto tokens = data.optional_integer("tokens", 1, kMostSamples);
  if (!tokens) return data.integer("samples", 1, kMostSamples);
  if (data.has("samples")) {
    throw data.error_at("tokens", "both 'samples' and 'tokens' are given", "", "give one");
  }
  if (!sequence) {
    throw data.error_at("tokens", "it is not known how many of them make a sample", "",
                        "give 'sequence'");
  }
  return (*tokens + *sequence - 1) / *sequence;
}

}  // namespace

std::optional<std::int64_t> read_data(ObjectReader data, Scenario& scenario) {
  expect_known(data, {"samples", "bytes_per_sample", "classes", "format", "train", "test",
                      "test_samples", "readers", "split", "preparation", "sequence", "tokens"});
  scenario.sequence = data.optional_integer("sequence", 1, kMostSteps);
  scenario.samples = read_samples(data, scenario.sequence);
  scenario.bytes_per_sample = data.optional_bytes("bytes_per_sample").value_or(Bytes(0));
  if (data.has("bytes_per_sample") && scenario.bytes_per_sample == Bytes(0)) {
    throw data.error_at("bytes_per_sample", "a sample of no bytes cannot be read", "",
                        "leave the key out if the data is made on the spot");
  }
  scenario.supply.preparation = data.optional_duration("preparation").value_or(Duration(0));
  scenario.source = read_source(data);
  return data.optional_integer("classes", 1, 1'000'000);
}

}  // namespace rehearse
