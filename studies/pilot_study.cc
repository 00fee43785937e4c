// What a pilot is worth: the smaller runs of published jobs predict the larger ones.
//
//   ninja -C build pilot_study
//   build/studies/pilot_study [--most NODES] [--set KEY=VALUE]… MEASUREMENTS…
//
// Records of one file that agree in scenario but for workers, batch and calibration are one job.
// Those on at most NODES nodes (8) are its pilot, the others are predicted without calibration,
// without the pilot and with it. Prints the tables of docs/studies/pilot.md in Markdown.
#include <algorithm>
#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <map>
#include <string>
#include <thread>
#include <vector>

#include "base/contract.h"
#include "base/error.h"
#include "calibrate/fits/pilot_fit.h"
#include "predict/predict.h"
#include "scenarios/profile_library.h"
#include "studies/tool_main.h"
#include "validate/measurements.h"
#include "validate/record_file.h"

namespace rehearse {
namespace {

struct Arguments {
  std::vector<std::string> files, sets;
  std::int64_t most = 8;  // nodes of a pilot
};

struct Run {
  Measurement measurement;
  Scenario scenario;  // of this run, without calibration
  PilotRecord record;
  std::int64_t nodes = 0;
};

struct Sums {
  int records = 0;
  double without = 0, with = 0;  // mean |error|
  int inside_without = 0, inside_with = 0;
  double narrowed = 0;  // mean of the intervals' ratios, in the logarithm

  void add(const Sums& other) {
    records += other.records;
    without += other.without;
    with += other.with;
    inside_without += other.inside_without;
    inside_with += other.inside_with;
    narrowed += other.narrowed;
  }
};

// The words of a survey's record that its scenario does not hold.
std::map<std::string, std::string> algorithms(const std::string& file) {
  std::map<std::string, std::string> result;
  for (const RecordInFile& one : read_record_file(file, false)) {
    if (one.survey) result[one.survey->id] = one.survey->source + one.survey->algorithm;
  }
  return result;
}

std::string job_of(const Measurement& m, const Scenario& s, const std::string& algorithm) {
  return m.family + " " + s.model->name() + " " + s.device.name + " " +
         std::to_string(static_cast<int>(s.precision)) + " " + std::to_string(s.node.devices) +
         " " + s.stack.name + " " + algorithm;
}

std::map<std::string, std::vector<Run>> jobs_of(const Arguments& arguments) {
  std::map<std::string, std::vector<Run>> jobs;
  ProfileLibrary profiles;
  for (const std::string& file : arguments.files) {
    const auto words = algorithms(file);
    for (Measurement& m : read_measurements({file}).records) {
      if (m.quantity != Measurement::Quantity::step_time &&
          m.quantity != Measurement::Quantity::throughput) {
        continue;
      }
      Run run;
      run.scenario = scenario_of(m, {m.workers}, profiles, arguments.sets);
      run.scenario.calibration.reset();
      run.record = pilot_record(m, run.scenario);
      const std::int64_t devices = run.scenario.node.devices;
      run.nodes = (m.workers + devices - 1) / devices;
      const auto word = words.find(m.id);
      const std::string job =
          file + " " + job_of(m, run.scenario, word == words.end() ? "" : word->second);
      run.measurement = std::move(m);
      jobs[job].push_back(std::move(run));
    }
  }
  return jobs;
}

// In units of the step time.
struct Judged {
  double error = 0;
  double width = 0;  // ln(p90 / p10)
  bool inside = false;
};

Judged judge(const PredictedPoint& point, double measured) {
  const Quantiles& q = point.step_time;
  return {q.p50 / measured - 1, std::log(q.p90 / q.p10), q.p10 <= measured && measured <= q.p90};
}

Sums print(const Run& run, const PredictedPoint& without, const PredictedPoint& with) {
  const Judged a = judge(without, run.record.step_time);
  const Judged b = judge(with, run.record.step_time);
  const auto mark = [](const Judged& j) { return j.inside ? "" : " (out)"; };
  std::printf("| %s | %lld | %.4g s | %+.1f %% | %.0f %%%s | %+.1f %% | %.0f %%%s | %.2f |\n",
              run.record.id.c_str(), static_cast<long long>(run.nodes), run.record.step_time,
              100 * a.error, 100 * std::expm1(a.width), mark(a), 100 * b.error,
              100 * std::expm1(b.width), mark(b), b.width / a.width);
  std::fflush(stdout);
  return {1, std::abs(a.error), std::abs(b.error), a.inside, b.inside, b.width / a.width};
}

// Runs of one batch share a sweep.
Sums study(const std::vector<Run>& runs, const Arguments& arguments, Sums& far) {
  std::vector<PilotRecord> pilot;
  std::map<std::int64_t, std::vector<const Run*>> targets;  // by batch
  for (const Run& run : runs) {
    if (run.nodes <= arguments.most) {
      pilot.push_back(run.record);
    } else {
      targets[run.record.batch].push_back(&run);
    }
  }
  Sums sums;
  if (pilot.empty()) return sums;
  PilotOptions options;
  options.jobs = static_cast<int>(std::max(1U, std::thread::hardware_concurrency()));
  for (const auto& [batch, list] : targets) {
    // Of the largest run: its cluster holds the others.
    Scenario scenario =
        (*std::max_element(list.begin(), list.end(), [](const Run* a, const Run* b) {
          return a->record.workers < b->record.workers;
        }))->scenario;
    scenario.workers.clear();
    for (const Run* run : list) scenario.workers.push_back(run->record.workers);
    std::sort(scenario.workers.begin(), scenario.workers.end());
    scenario.workers.erase(std::unique(scenario.workers.begin(), scenario.workers.end()),
                           scenario.workers.end());
    PredictOptions how;
    how.jobs = options.jobs;
    const Prediction without = predict(scenario, how);
    const PilotKnowledge knowledge = learn(scenario, pilot, options);
    how.pilot = &knowledge;
    const Prediction with = predict(scenario, how);
    for (const Run* run : list) {
      const auto at = static_cast<std::size_t>(
          std::find(scenario.workers.begin(), scenario.workers.end(), run->record.workers) -
          scenario.workers.begin());
      const Sums one = print(*run, without.points[at], with.points[at]);
      sums.add(one);
      if (run->nodes >= 64 && run->nodes <= 512) far.add(one);
    }
    std::printf("| pilot:");
    for (const PilotRecord& r : pilot) std::printf(" %s", r.id.c_str());
    std::printf("; settled:");
    for (const auto& p : knowledge.parameters) {
      if (p.settled) std::printf(" %s (times %.3g)", p.name.c_str(), p.factor);
    }
    for (const PilotWarning& w : knowledge.warnings) std::printf("; %s", w.code.c_str());
    std::printf(" | | | | | | | |\n");
  }
  return sums;
}

void print(const std::string& name, const Sums& s) {
  if (s.records == 0) return;
  std::printf("| %s | %d | %.1f %% | %.1f %% | %d | %d | %.2f |\n", name.c_str(), s.records,
              100 * s.without / s.records, 100 * s.with / s.records, s.inside_without,
              s.inside_with, s.narrowed / s.records);
}

int run(const Arguments& arguments) {
  std::map<std::string, Sums> families, far;
  std::printf(
      "| record | nodes | measured | error without | width without | error with | width with | "
      "narrowed to |\n|---|---|---|---|---|---|---|---|\n");
  for (const auto& [name, runs] : jobs_of(arguments)) {
    const std::string& family = runs.front().measurement.family;
    families[family].add(study(runs, arguments, far[family]));
  }
  for (const bool all : {true, false}) {
    std::printf(
        "\n%s\n\n| family | records | mean error without | with | inside without | with | "
        "narrowed to |\n|---|---|---|---|---|---|---|\n",
        all ? "All larger runs:" : "Of these, on 64 to 512 nodes:");
    Sums total;
    for (const auto& [name, sums] : all ? families : far) {
      print(name, sums);
      total.add(sums);
    }
    print("all", total);
  }
  return 0;
}

Arguments parse(int argc, char** argv) {
  Arguments arguments;
  for (int i = 1; i < argc; ++i) {
    const std::string word = argv[i];
    if (word == "--most" && i + 1 < argc) {
      arguments.most = std::atoll(argv[++i]);
    } else if (word == "--set" && i + 1 < argc) {
      arguments.sets.emplace_back(argv[++i]);
    } else {
      arguments.files.push_back(word);
    }
  }
  if (arguments.files.empty() || arguments.most < 1) {
    throw Error::input("no file of measurements is given", "",
                       "pilot_study [--most NODES] [--set KEY=VALUE] MEASUREMENTS");
  }
  return arguments;
}

}  // namespace
}  // namespace rehearse

int main(int argc, char** argv) {
  return rehearse::tool_main([&] { return rehearse::run(rehearse::parse(argc, argv)); });
}
