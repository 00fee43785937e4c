#include "base/error.h"
#include "train/train.h"

namespace rehearse {
namespace {

void expect_fit(const Dataset& data, const Scenario& scenario, const char* which) {
  const Model& model = *scenario.model;
  if (data.shape() != model.input_shape()) {
    throw Error::input("the " + std::string(which) + " set has samples of " +
                           to_text(data.shape()) + ", the model takes " +
                           to_text(model.input_shape()),
                       "", "use a model with an input of that shape, or other data")
        .at(scenario.file, "/data");
  }
  if (data.classes() > model.classes()) {
    throw Error::input("the " + std::string(which) + " set has " + std::to_string(data.classes()) +
                           " classes, the model " + std::to_string(model.classes()),
                       "", "set data.classes")
        .at(scenario.file, "/data/classes");
  }
}

std::unique_ptr<Dataset> open_files(DataSource::Format format,
                                    const std::vector<std::string>& files) {
  if (files.empty()) return nullptr;
  return format == DataSource::Format::mnist ? open_mnist(files[0], files[1]) : open_cifar10(files);
}

std::unique_ptr<Dataset> synthetic(const Scenario& scenario, std::int64_t first,
                                   std::int64_t size) {
  if (size == 0) return nullptr;
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
  sets.train = open_files(source.format, source.train);
  sets.test = open_files(source.format, source.test);
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
