#include <algorithm>

#include "base/error.h"
#include "kernels/executor.h"
#include "train/train.h"

namespace rehearse {
namespace {

// Rows of the table of tokens; 0 where the model reads none.
std::int64_t vocabulary(const Model& model) {
  for (const Layer& layer : model.layers()) {
    if (layer.kind == LayerKind::embedding) return layer.vocabulary;
  }
  return 0;
}

void expect_fit(const Dataset& data, const Scenario& scenario, const char* which) {
  const Model& model = *scenario.model;
  if (data.shape() != model.input_shape()) {
    throw Error::input("the " + std::string(which) + " set has samples of " +
                           to_text(data.shape()) + ", the model takes " +
                           to_text(model.input_shape()),
                       "", "use a model with an input of that shape, or other data")
        .at(scenario.file, "/data");
  }
  if (data.labels() != labels_per_sample(model)) {
    throw Error::input("a sample of the " + std::string(which) + " set has " +
                           std::to_string(data.labels()) + " labels, the model predicts " +
                           std::to_string(labels_per_sample(model)),
                       "a language model predicts one for each step, others one for each sample",
                       "use a model that fits the data, or other data")
        .at(scenario.file, "/data");
  }
  if (data.labels() > 1 && data.classes() > vocabulary(model)) {
    throw Error::input("the " + std::string(which) + " set has " + std::to_string(data.classes()) +
                           " tokens, the model " + std::to_string(vocabulary(model)),
                       "", "give the embedding a larger vocabulary")
        .at(scenario.file, "/data");
  }
  if (data.classes() > model.classes()) {
    throw Error::input("the " + std::string(which) + " set has " + std::to_string(data.classes()) +
                           " classes, the model " + std::to_string(model.classes()),
                       "", "set data.classes")
        .at(scenario.file, "/data/classes");
  }
}

std::unique_ptr<Dataset> open_files(const Scenario& scenario,
                                    const std::vector<std::string>& files) {
  if (files.empty()) return nullptr;
  switch (scenario.source.format) {
    case DataSource::Format::mnist:
      return open_mnist(files[0], files[1]);
    case DataSource::Format::text:
      return open_text(files, scenario.model->input_shape().sequence);
    case DataSource::Format::synthetic:
    case DataSource::Format::cifar10:
      break;
  }
  return open_cifar10(files);
}

std::unique_ptr<Dataset> synthetic(const Scenario& scenario, std::int64_t first,
                                   std::int64_t size) {
  if (size == 0) return nullptr;
  if (const std::int64_t tokens = vocabulary(*scenario.model); tokens > 0) {
    return make_synthetic_text({.vocabulary = std::min(tokens, scenario.model->classes()),
                                .sequence = scenario.model->input_shape().sequence,
                                .first = first,
                                .size = size,
                                .seed = scenario.seed});
  }
  SyntheticOptions options;
  options.shape = scenario.model->input_shape();
  options.classes = scenario.model->classes();
  options.first = first;
  options.size = size;
  options.seed = scenario.seed;
  return make_synthetic(options);
}

}  // namespace

DataSets open_data(const Scenario& scenario) {
  const DataSource& source = scenario.source;
  DataSets sets;
  if (source.format == DataSource::Format::synthetic) {
    sets.train = synthetic(scenario, 0, scenario.samples);
    sets.test = synthetic(scenario, scenario.samples, source.test_samples);
    return sets;
  }
  sets.train = open_files(scenario, source.train);
  sets.test = open_files(scenario, source.test);
  expect_fit(*sets.train, scenario, "training");
  if (sets.test) expect_fit(*sets.test, scenario, "test");
  if (sets.train->size() != scenario.samples) {
    throw Error::input("the training files hold " + std::to_string(sets.train->size()) +
                           " samples, data.samples says " + std::to_string(scenario.samples),
                       "", "correct data.samples")
        .at(scenario.file, "/data/samples");
  }
  return sets;
}

}  // namespace rehearse
