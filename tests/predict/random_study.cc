// random_study SEED COUNT [JOBS]: predicts COUNT random jobs under flow and under analytic
// fidelity. Prints those that differ by more than 15 % and how many of them have a warning
// `analytic_rough`; fails if a prediction is not sane.
#include <unistd.h>

#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <filesystem>
#include <iostream>
#include <map>
#include <sstream>

#include "base/error.h"
#include "predict/forked_map.h"
#include "predict/predict.h"
#include "tests/predict/random_scenarios.h"
#include "tests/predict/sane.h"

namespace rehearse {
namespace {

constexpr double kRough = 0.15;

std::string breakdown_text(const PredictedPoint& p) {
  std::ostringstream text;
  text << "step " << p.step_time.p50 << " s (compute " << p.breakdown[StepPhase::compute].value()
       << ", exposed " << p.breakdown[StepPhase::exposed_communication].value() << ", wait "
       << p.breakdown[StepPhase::straggler_wait].value() << ", other "
       << p.breakdown[StepPhase::other].value() << ", hidden " << p.communication_hidden << ")";
  return text.str();
}

// One line per outcome: "refused WHY", "fault WHAT", or the numbers of the largest point.
std::string outcome(std::uint64_t seed, std::uint64_t number) {
  const AnyJob job = random_job(seed, number);
  const std::filesystem::path folder =
      std::filesystem::temp_directory_path() / ("random_study." + std::to_string(getpid()));
  std::filesystem::create_directories(folder);
  std::ostringstream out;
  try {
    Scenario scenario = scenario_of(job, folder);
    std::filesystem::remove_all(folder);
    scenario.fidelity = Fidelity::flow;
    const Prediction flow = predict(scenario, {});
    scenario.fidelity = Fidelity::analytic;
    const Prediction analytic = predict(scenario, {});
    for (const Prediction* prediction : {&flow, &analytic}) {
      const std::string fault = fault_of(*prediction, job.certain);
      if (!fault.empty()) return "fault " + prediction->fidelity + ": " + fault;
    }
    const double error =
        analytic.points.back().step_time.p50 / flow.points.back().step_time.p50 - 1;
    const bool warned =
        std::any_of(analytic.warnings.begin(), analytic.warnings.end(),
                    [](const Warning& warning) { return warning.code == "analytic_rough"; });
    out << "done " << error << ' ' << warned << " | flow " << breakdown_text(flow.points.back())
        << " | analytic " << breakdown_text(analytic.points.back());
  } catch (const Error& error) {
    std::filesystem::remove_all(folder);
    if (error.kind() != Error::Kind::input) return std::string("fault ") + error.what();
    return std::string("refused ") + error.what();
  }
  return out.str();
}

int study(std::uint64_t seed, std::uint64_t count, int jobs) {
  const std::vector<std::string> lines = forked_map(
      count, jobs, [&](std::size_t i) { return outcome(seed, i); },
      [&](std::size_t done) {
        if (isatty(STDERR_FILENO) == 1) std::cerr << '\r' << done << '/' << count << std::flush;
      });
  std::uint64_t done = 0, refused = 0, faults = 0, rough = 0, unwarned = 0, warned_all = 0;
  double worst = 0;
  std::map<std::string, int> refusals;
  for (std::uint64_t i = 0; i < count; ++i) {
    std::istringstream line(lines[i]);
    std::string word;
    line >> word;
    if (word == "refused") {
      ++refused;
      ++refusals[lines[i].substr(0, 120)];
      continue;
    }
    if (word == "fault") {
      ++faults;
      std::cout << "job " << i << ": " << lines[i] << "\n  " << random_job(seed, i).text << "\n  "
                << random_job(seed, i).stack << "\n";
      continue;
    }
    double error = 0;
    bool warned = false;
    line >> error >> warned;
    ++done;
    warned_all += warned ? 1 : 0;
    if (!warned) worst = std::abs(error) > std::abs(worst) ? error : worst;
    if (std::abs(error) <= kRough) continue;
    ++rough;
    if (!warned) ++unwarned;
    std::cout << "job " << i << ": " << 100 * error << " %" << (warned ? ", warned" : "") << "\n  "
              << random_job(seed, i).text << "\n  " << random_job(seed, i).stack << "\n  "
              << lines[i] << "\n";
  }
  for (const auto& [why, times] : refusals) std::cout << times << " x " << why << "\n";
  std::cout << count << " jobs of seed " << seed << ": " << done << " predicted, " << refused
            << " refused, " << faults << " faults; " << rough << " off by more than "
            << 100 * kRough << " %, of them " << unwarned << " without a warning (" << warned_all
            << " warned); worst without one " << 100 * worst << " %\n";
  return faults == 0 && done > 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}

}  // namespace
}  // namespace rehearse

int main(int argc, char** argv) {
  if (argc < 3) {
    std::cerr << "usage: random_study SEED COUNT [JOBS]\n";
    return EXIT_FAILURE;
  }
  const auto number = [&](int i) { return std::strtoull(argv[i], nullptr, 10); };
  return rehearse::study(number(1), number(2), argc > 3 ? static_cast<int>(number(3)) : 1);
}
