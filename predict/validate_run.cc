#include "predict/validate_run.h"

#include "base/error.h"
#include "scenarios/profile_library.h"

namespace rehearse {

ValidatedRecord validate_run(const RunMeasurement& run, const std::shared_ptr<const Profile>& local,
                             const PredictOptions& options) {
  ProfileLibrary profiles;
  profiles.set_local(local ? local : run.profile);
  if (!profiles.local()) {
    throw Error::input("the record holds no profile of the machine", "it was not calibrated",
                       "give one with --profile")
        .at(run.file, "/profile");
  }
  JsonDocument document = JsonDocument::parse_text(run.scenario, run.file);
  document.set("sweep.workers=[" + std::to_string(run.workers) + "]");
  PredictOptions one;
  one.jobs = options.jobs;
  const PredictedPoint point = predict(read_scenario(document, profiles), one).points.front();

  ValidatedRecord result;
  result.id = run.id;
  result.quantity = "step_time";
  result.unit = "s";
  result.measured = run.typical.time;
  result.predicted = point.step_time.p50;
  result.predicted_low = point.step_time.p10;
  result.predicted_high = point.step_time.p90;
  result.source = run.file;
  const Breakdown& m = run.typical.parts;
  const Breakdown& p = point.breakdown;
  result.phases = {
      {"compute", m.compute, p.compute},
      {"exposed_communication", m.exposed_communication, p.exposed_communication},
      {"straggler_wait", m.straggler_wait, p.straggler_wait},
      {"input_wait", m.input_wait, p.input_wait},
      {"optimizer", m.optimizer, p.optimizer},
      {"other", m.other, p.other},
      {"hidden_communication", run.typical.hidden_communication, point.communication_hidden}};
  return result;
}

}  // namespace rehearse
