#include "validate/validate_run.h"

#include "base/error.h"
#include "predict/job_costs.h"
#include "predict/local_scenario.h"
#include "scenarios/override.h"
#include "scenarios/profile_library.h"

namespace rehearse {
namespace {

bool is_this_machine(const Machine& machine) {
  const Machine here = this_machine();
  return machine.cpu == here.cpu && machine.cores == here.cores;
}

std::shared_ptr<const Profile> profile_for(const RunMeasurement& run, const JsonDocument& document,
                                           const ValidateOptions& options) {
  if (options.local) return options.local;
  if (run.profile) return run.profile;
  if (options.known && is_this_machine(run.machine)) return options.known(document);
  throw Error::input("the record holds no profile of the machine", "it was not calibrated",
                     "give one with --profile")
      .at(run.file, "/profile");
}

// The scenario of the run as it was run.
Scenario scenario_of(const RunMeasurement& run, const ValidateOptions& options) {
  JsonDocument document = JsonDocument::parse_text(run.scenario, run.file);
  for (const std::string& assignment : options.overrides) override_key(document, assignment);
  keep_batch(document);
  document.set("sweep.workers=[" + std::to_string(run.workers) + "]");
  ProfileLibrary profiles;
  profiles.set_local(profile_for(run, document, options));
  return read_scenario(document, profiles);
}

PredictedPoint predict_one(const Scenario& scenario, const ValidateOptions& options) {
  PredictOptions one;
  one.jobs = options.jobs;
  return predict(scenario, one).points.front();
}

std::optional<MachineSpeed> machine_speed(const RunMeasurement& run, Scenario scenario,
                                          const ValidateOptions& options) {
  const Duration calibrated = calibrated_cost(JobPoint(scenario, run.workers)).fixed_work();
  if (!(run.fixed_work > Duration(0)) || !(calibrated > Duration(0))) return std::nullopt;
  MachineSpeed speed;
  speed.slowdown = run.fixed_work / calibrated;
  scenario.device = slowed_down(scenario.device, speed.slowdown);
  speed.predicted = predict_one(scenario, options).step_time.p50;
  return speed;
}

}  // namespace

ValidatedRecord validate_run(const RunMeasurement& run, const ValidateOptions& options) {
  const Scenario scenario = scenario_of(run, options);
  const PredictedPoint point = predict_one(scenario, options);

  ValidatedRecord result;
  result.id = run.id;
  result.family = "run";
  result.quantity = "step_time";
  result.unit = "s";
  result.measured = run.typical.time;
  result.predicted = point.step_time.p50;
  result.predicted_low = point.step_time.p10;
  result.predicted_high = point.step_time.p90;
  result.source = run.file;
  for (const StepPhase phase : kStepPhases) {
    result.phases.push_back({std::string(to_text(phase)), run.typical.parts[phase].value(),
                             point.breakdown[phase].value()});
  }
  result.phases.push_back({"hidden_communication", run.typical.hidden_communication.value(),
                           point.communication_hidden});
  result.machine = machine_speed(run, scenario, options);
  return result;
}

}  // namespace rehearse
