#include "train/train.h"

#include <CLI/CLI.hpp>
#include <chrono>
#include <filesystem>
#include <iostream>
#include <memory>
#include <optional>

#include "api/local_profile.h"
#include "apps/command.h"
#include "apps/launch.h"
#include "apps/machine_door.h"
#include "apps/options.h"
#include "apps/output.h"
#include "base/error.h"
#include "base/quantity_text.h"
#include "predict/local_scenario.h"
#include "predict/pointless.h"
#include "predict/predict.h"
#include "report/run_report.h"
#include "report/trace.h"
#include "runtime/worlds/core_binding.h"
#include "scenarios/profile_library.h"
#include "scenarios/uncalibrated_scenario.h"
#include "scenarios/workload_reader.h"
#include "train/find_backend.h"
#include "train/layout_run.h"
#include "train/run_ranks.h"
#include "train/starting_point.h"

namespace rehearse {
namespace {

constexpr int kMostRanks = 4096;

struct Options {
  ScenarioOptions scenario;
  OutputOptions output;
  std::optional<int> ranks;  // none: one, or as many as a launcher has started
  bool resume = false;
  bool predict = false;
  std::optional<std::int64_t> steps;
  std::optional<double> epochs;
  std::string trace;
  std::string backend = "cpu";
};

// Of a real run the device 'cuda' is none of the cluster's: it says who computes.
void choose_backend(Options& options) {
  if (options.scenario.device != "cuda") return;
  options.scenario.device.reset();
  options.backend = "cuda";
}

DeviceKind kind_of(const Options& options) {
  return options.backend == "cuda" ? DeviceKind::gpu : DeviceKind::cpu;
}

// The scenario as it runs here, and what is known of this machine.
struct Job {
  JsonDocument document;
  Scenario scenario;
};

JsonDocument document_of_run(const Options& options, int ranks) {
  JsonDocument document = load_document(options.scenario, options.scenario.overrides(), true);
  expect_model(document, "train");
  expect_real(document);
  // A cluster that gives way to this machine is checked all the same.
  if (has_cluster(document) && !is_local(document)) (void)load_uncalibrated(document);
  move_here(document, ranks);
  if (options.steps) set_steps(document, *options.steps);
  if (options.epochs) set_epochs(document, *options.epochs);
  return document;
}

Job uncalibrated(const Options& options, JsonDocument document) {
  Scenario scenario = load_uncalibrated(document, kind_of(options));
  return {std::move(document), std::move(scenario)};
}

// `profile`: of this machine's cores.
Job join(JsonDocument document, std::shared_ptr<const Profile> profile) {
  ProfileLibrary profiles;
  profiles.set_local(std::move(profile));
  Scenario scenario = read_scenario(document, profiles);
  return {std::move(document), std::move(scenario)};
}

Job load_job(const Options& options, int ranks) {
  JsonDocument document = document_of_run(options, ranks);
  // None is needed to train.
  if (kind_of(options) == DeviceKind::gpu) return uncalibrated(options, std::move(document));
  auto profile = known_profile(document, options.scenario.profile);
  if (!profile) return uncalibrated(options, std::move(document));
  return join(std::move(document), std::move(profile));
}

// Empty where the run keeps no checkpoints.
std::string checkpoint_folder(const Options& options, const Scenario& scenario) {
  if (scenario.length.checkpoint_every == 0 && !options.resume) return "";
  return (std::filesystem::path(options.output.out) / "checkpoints").string();
}

// What is wrong shows here, once and not on every rank, and before the machine is measured.
void expect_startable(const Options& options, const Scenario& scenario, int ranks) {
  const auto workers = static_cast<int>(scenario.workers_among(ranks));
  const Backend& backend = find_backend(options.backend, ranks - 1);
  expect_trainable(scenario, workers);
  expect_computed(scenario, backend);
  if (backend.space() == MemorySpace::host) expect_fits(scenario, workers, ranks, memory_left());
  (void)starting_point(scenario, workers, steps_of_run(scenario, workers),
                       checkpoints_of(scenario, ranks, 0, checkpoint_folder(options, scenario)),
                       options.resume, {});
}

// The prediction before the run: measures this machine where it is not known yet.
void predict_first(const Options& options, int ranks) {
  JsonDocument document = document_of_run(options, ranks);
  auto profile =
      local_profile(document, options.scenario.profile, machine_door(options.output.quiet));
  const Job job = join(std::move(document), std::move(profile));
  const PredictedPoint point = predict(job.scenario, {}).points.front();
  if (options.output.quiet) return;
  std::cerr << "rehearse: predicted " << to_text(Duration(point.step_time.p50)) << " a step ("
            << to_text(Duration(point.step_time.p10)) << " to "
            << to_text(Duration(point.step_time.p90)) << "), " << significant(point.samples_per_s)
            << " samples/s\n";
}

void warn_of(const Options& options, const Scenario& scenario, int ranks) {
  for (const std::string& remark : scenario.remarks) warn(options.output, "no_effect", remark);
  if (repeats_samples(scenario, scenario.workers_among(ranks))) {
    warn(options.output, "repeated_samples", repetition_text(scenario));
  }
}

// A line now and then; every step would drown the terminal.
class StepLine {
 public:
  void show(std::int64_t done, std::int64_t all, double loss) {
    const auto now = std::chrono::steady_clock::now();
    if (done != all && done != 1 && now - last_ < std::chrono::seconds(2)) return;
    last_ = now;
    constexpr int kDigits = 4;
    // In one piece: other ranks may write at the same time.
    std::cerr << "rehearse: step " + std::to_string(done) + " of " + std::to_string(all) +
                     ", loss " + significant(loss, kDigits) + "\n"
              << std::flush;
  }

 private:
  std::chrono::steady_clock::time_point last_;
};

void say(const std::string& what) { std::cerr << "rehearse: " + what + "\n" << std::flush; }

TrainOptions train_options(const Options& options, const Job& job, const MpiSession& session,
                           StepLine& line) {
  TrainOptions how;
  const int share = (usable_cores() - job.scenario.helpers) / job.scenario.node.devices;
  how.threads = job.scenario.threads > 0 ? job.scenario.threads : std::max(1, share);
  how.backend = &find_backend(options.backend, session.local_rank());
  how.checkpoints = checkpoint_folder(options, job.scenario);
  how.resume = options.resume;
  how.job = text_of(job.document);
  how.trace = !options.trace.empty();
  if (session.rank() == 0 && !options.output.quiet) {
    how.progress = [&line](std::int64_t done, std::int64_t all, double loss) {
      line.show(done, all, loss);
    };
    how.note = say;
  }
  if (!options.output.quiet) how.stall = say;
  return how;
}

FilePlan plan_files(const Options& options) {
  return {.in_out = {"run.json"},
          .elsewhere = {{"--trace", options.trace}},
          .inputs = {options.scenario.file, options.scenario.profile}};
}

int work(const Options& options, MpiSession& session) {
  const bool alone = !MpiSession::launched();
  if (options.ranks && *options.ranks != session.size()) {
    throw Error::input("--ranks " + std::to_string(*options.ranks) + " under a launcher of " +
                           std::to_string(session.size()),
                       "the launcher has started the ranks", "leave --ranks out");
  }
  const Job job = load_job(options, session.size());
  if (session.rank() == 0 && (alone || !options.ranks)) {
    warn_of(options, job.scenario, session.size());
  }
  if (session.rank() == keeper(job.scenario, session.size())) {
    prepare(options.output, plan_files(options));
  }
  StepLine line;
  const TrainOptions how = train_options(options, job, session, line);
  bind_to_cores(session.local_rank(), how.threads);
  RunRecord record = train(job.scenario, session, how);
  if (session.rank() != keeper(job.scenario, session.size())) return 0;
  record.scenario = text_of(job.document);
  if (!options.trace.empty()) write_file(options.trace, to_chrome_trace(record.trace));
  OutputOptions output = options.output;
  const std::string json = to_json(record);
  write_file((std::filesystem::path(output.out) / "run.json").string(), json);
  output.out.clear();
  deliver(output, "run", run_table(record), json);
  if (record.divergence && record.divergence->stopped) throw divergence_error(*record.divergence);
  return 0;
}

// One rank, or the only one. A rank that fails says why and takes the others with it.
int run_rank(const Options& options) {
  MpiSession session;
  try {
    return work(options, session);
  } catch (const Error& error) {
    // In one piece: several ranks may write at once.
    std::cerr << "rehearse: " + std::string(error.what()) + "\n" << std::flush;
    // After a failed check all ranks have come to their end.
    if (error.kind() != Error::Kind::check_failed) {
      session.abort_others(static_cast<int>(error.kind()));
    }
    return static_cast<int>(error.kind());
  }
}

int run(const Options& options) {
  expect_apart(options.output.out, plan_files(options));  // before this machine is measured
  const int ranks = options.ranks.value_or(1);
  if (MpiSession::launched()) {
    if (options.predict) {
      throw Error::input("--predict does not work under a launcher",
                         "the ranks would disturb the measurement of this machine",
                         "use rehearse predict before, or let train start the ranks: --ranks N");
    }
    return run_rank(options);
  }
  if (options.predict && kind_of(options) == DeviceKind::gpu) {
    throw Error::input("--predict does not work with --device cuda",
                       "it measures the cores of this machine",
                       "run 'rehearse predict' with the profile of the GPU");
  }
  const Scenario scenario = load_uncalibrated(document_of_run(options, ranks), kind_of(options));
  expect_startable(options, scenario, ranks);
  if (ranks > 1) warn_of(options, load_job(options, ranks).scenario, ranks);
  if (options.predict) predict_first(options, ranks);
  if (ranks == 1) return run_rank(options);
  prepare(options.output, plan_files(options));
  std::vector<std::string> words = own_arguments();
  std::erase(words, "--predict");
  if (keeper(scenario, ranks) == 0) return launch_ranks(ranks, words);
  // The launcher does not tell the death of a rank that others survive from that of one they need.
  const auto record = std::filesystem::path(options.output.out) / "run.json";
  std::error_code none;
  std::filesystem::remove(record, none);
  const int status =
      launch_ranks(ranks, words, outlives_ranks(find_backend(options.backend, ranks - 1)));
  if (status == 0 && !std::filesystem::exists(record, none)) {
    throw Error::environment("the run has left no record", "a server or all workers have died",
                             "checkpoints are intact: go on with --resume");
  }
  return status;
}

}  // namespace

void add_train(CLI::App& app, CommandAction& action) {
  CLI::App& command = *app.add_subcommand("train", "Train a scenario for real on this machine");
  const auto options = std::make_shared<Options>();
  add_scenario_options(command, options->scenario);
  command.add_option("--ranks", options->ranks, "Workers, started with mpirun unless it is one")
      ->type_name("N")
      ->check(whole_number(1, kMostRanks));
  CLI::Option* steps =
      command.add_option("--steps", options->steps, "Steps to train, whatever the scenario says")
          ->type_name("N")
          ->check(whole_number(1));
  command.add_option("--epochs", options->epochs, "Epochs to train, whatever the scenario says")
      ->type_name("N")
      ->check(positive_number())
      ->excludes(steps);
  command.add_flag("--resume", options->resume, "Go on from the newest checkpoint in the folder");
  command.add_flag("--predict", options->predict,
                   "Predict the run first; measures this machine where that was not done yet");
  add_output_options(command, options->output, "run.json and checkpoints");
  options->output.out = "run";
  add_trace_option(command, options->trace, "Write the last step as Chrome trace events");
  add_examples(command, {"rehearse train cnn_local --ranks 2 --steps 20 --out run",
                         "rehearse train my_scenario.json --resume --out run"});
  command.callback([options, &action] {
    choose_backend(*options);
    action = [options] { return run(*options); };
  });
}

}  // namespace rehearse
