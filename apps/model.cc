#include "kernels/models/model.h"
#include "base/file_format.h"

#include <CLI/CLI.hpp>
#include <memory>

#include "apps/command.h"
#include "apps/options.h"
#include "apps/output.h"
#include "base/error.h"
#include "kernels/devices/layer_table.h"
#include "kernels/models/model_reader.h"
#include "kernels/models/training_memory.h"
#include "report/model_report.h"
#include "scenarios/known_keys.h"
#include "scenarios/model_word.h"
#include "scenarios/override.h"
#include "scenarios/uncalibrated_scenario.h"
#include "scenarios/workload_reader.h"

namespace rehearse {
namespace {

struct Options {
  std::string what;
  std::optional<std::int64_t> sequence;
  ScenarioOptions scenario;  // its file stays empty
  OutputOptions output;
};

struct Shown {
  std::shared_ptr<const Model> model;
  Precision precision = Precision::fp32;
  int slots = 0;  // of the optimizer
  TrainingMemoryOptions memory{};
};

// A model without a job: what else the keys could say needs one.
Shown read_lone_model(const JsonDocument& document) {
  ObjectReader root = document.root();
  expect_format(root, FileKind::scenario);
  expect_known(root, {"format", "name", "model", "precision", "data", "training"});
  Shown shown;
  shown.precision = kPrecisionNames.read_optional(root, "precision").value_or(shown.precision);
  std::optional<std::int64_t> classes;
  std::optional<std::int64_t> sequence;
  if (auto data = root.optional_object("data")) {
    classes = data->optional_integer("classes", 1, 1'000'000);
    sequence = data->optional_integer("sequence", 1, 1'000'000);
  }
  shown.model = std::make_shared<const Model>(read_model(root.object("model"), classes, sequence));
  return shown;
}

Shown read(const JsonDocument& document) {
  if (is_lone_model(document)) return read_lone_model(document);
  const Scenario scenario = load_uncalibrated(document);
  expect_model(scenario, "model");
  return {scenario.model,
          scenario.precision,
          scenario.optimizer.slots,
          {.gradient_bytes = scenario.stored_gradient_bytes,
           .recompute = scenario.parallelism.recompute}};
}

int run(const Options& options) {
  JsonDocument document = model_document(options.what);
  // The batch of the table alone: a sweep need not fit it.
  std::int64_t batch = 1;
  ScenarioOptions settings = options.scenario;
  if (settings.batch) {
    batch = single_batch(*settings.batch);
    settings.batch.reset();
  }
  for (const std::string& assignment : settings.overrides()) override_key(document, assignment);
  if (options.sequence)
    override_key(document, "data.sequence=" + std::to_string(*options.sequence));
  const Shown shown = read(document);
  prepare(options.output, {.in_out = {"model.json", "model.txt"}, .inputs = {options.what}});
  const std::vector<LayerRow> rows = layer_table(*shown.model, shown.precision, batch);
  const DeviceMemory memory =
      training_memory(*shown.model, batch, shown.precision, shown.slots, {}, shown.memory);
  const ModelReport report{shown.model.get(), shown.precision, batch, rows, memory};
  deliver(options.output, "model", model_table(report), to_json(report));
  return 0;
}

}  // namespace

void add_model(CLI::App& app, CommandAction& action) {
  CLI::App& command = *app.add_subcommand("model", "The layer table of a model");
  const auto options = std::make_shared<Options>();
  command
      .add_option(
          "WHAT", options->what,
          "A network of the zoo (resnet50), a scenario, a config.json of Hugging Face, or a file "
          "with a list of layers")
      ->required();
  command.add_option("--sequence", options->sequence, "Steps of a sample of a language model")
      ->check(whole_number(1, 1'000'000));
  add_set_option(command, options->scenario);
  add_batch_option(command, options->scenario);
  add_precision_option(command, options->scenario);
  add_output_options(command, options->output, "model.json and model.txt");
  add_examples(command, {"rehearse model resnet50 --batch 64",
                         "rehearse model llama3_8b --sequence 4096 --precision bf16",
                         "rehearse model resnet50_strong --set model.image_size=160 --json"});
  command.callback([options, &action] { action = [options] { return run(*options); }; });
}

}  // namespace rehearse
