#include "validate/pilot_records.h"

#include <cmath>

#include "base/error.h"
#include "kernels/models/precision.h"
#include "predict/local_scenario.h"
#include "scenarios/profile_library.h"
#include "validate/record_file.h"
#include "validate/run_measurement.h"
#include "validate/survey_shipped.h"

namespace rehearse {
namespace {

using Quantity = Measurement::Quantity;

// Standard errors of values: of records of ours unless they say better (most were read off charts),
// and of what a run logs.
constexpr double kRead = 0.02;
constexpr double kLogged = 0.01;

std::int64_t share(std::int64_t global_batch, std::int64_t workers) {
  return (global_batch + workers - 1) / workers;
}

[[noreturn]] void refuse(const std::string& file, const std::string& id,
                         const std::vector<std::string>& differences) {
  throw Error::input("record '" + id + "' of the pilot is of another job", in_one_line(differences),
                     "give runs of the scenario's own job, or the scenario of the run")
      .at(file, "/");
}

std::string differs(const char* what, const std::string& theirs, const std::string& ours) {
  return std::string("the record is of ") + what + " '" + theirs + "', the scenario of '" + ours +
         "'";
}

// What of a scenario by which a record is predicted speaks against the one that is asked about.
std::vector<std::string> differences(const Scenario& record, const Scenario& asked,
                                     std::int64_t workers) {
  std::vector<std::string> list;
  if (!record.model) return {"the record is of collectives"};
  if (record.model->name() != asked.model->name() ||
      record.model->parameter_count() != asked.model->parameter_count()) {
    list.push_back(differs("model", record.model->name(), asked.model->name()));
  }
  if (record.device.name != asked.device.name) {
    list.push_back(differs("device", record.device.name, asked.device.name));
  } else if (record.local && asked.local && record.local->machine.cpu != asked.local->machine.cpu) {
    list.push_back(differs("the machine", record.local->machine.cpu, asked.local->machine.cpu));
  }
  if (record.precision != asked.precision) {
    list.push_back(differs("precision", std::string(to_text(record.precision)),
                           std::string(to_text(asked.precision))));
  }
  if (record.parallelism.dense != asked.parallelism.dense) {
    list.push_back(differs("tensor", std::to_string(record.parallelism.dense),
                           std::to_string(asked.parallelism.dense)));
  }
  const auto nodes = [&](const Scenario& s) {
    return std::to_string((workers + s.node.devices - 1) / s.node.devices);
  };
  if (nodes(record) != nodes(asked)) list.push_back(differs("nodes", nodes(record), nodes(asked)));
  return list;
}

double seconds(Quantity quantity, double value, std::int64_t global_batch, const std::string& file,
               const std::string& id) {
  if (quantity == Quantity::step_time) return value;
  if (quantity == Quantity::throughput) return static_cast<double>(global_batch) / value;
  throw Error::input("record '" + id + "' of the pilot is of " + to_text(quantity),
                     "it tells no step time", "give a throughput or a step time")
      .at(file, "/");
}

class Reader {
 public:
  explicit Reader(const Scenario& scenario) : scenario_(scenario) {
    profiles_.set_local(scenario.local);
  }

  void read(const std::string& file) {
    JsonDocument document = JsonDocument::parse_file(file);
    if (is_run(document)) {
      add_run(read_run(document));
      return;
    }
    for (const RecordInFile& one : read_record_file(file, true)) {
      if (one.survey) {
        add_survey(*one.survey, file);
      } else {
        add_ours(one.record);
      }
    }
  }

  std::vector<PilotRecord> records;

 private:
  void add(PilotRecord record) {
    if (record.workers > scenario_.devices()) {
      throw Error::input("record '" + record.id + "' of the pilot is of " +
                             std::to_string(record.workers) + " workers",
                         "the cluster has " + std::to_string(scenario_.devices()) + " devices",
                         "give a larger cluster")
          .at(record.file, "/");
    }
    records.push_back(std::move(record));
  }

  void add_run(const RunMeasurement& run) {
    JsonDocument document = JsonDocument::parse_text(run.scenario, run.file);
    keep_batch(document);
    document.set("sweep.workers=[" + std::to_string(run.workers) + "]");
    if (is_local(document) && !run.profile && !scenario_.local) {
      refuse(run.file, run.id, {differs("device", "local", scenario_.device.name)});
    }
    ProfileLibrary profiles;
    profiles.set_local(run.profile ? run.profile : scenario_.local);
    const Scenario own = read_scenario(document, profiles);
    if (const auto list = differences(own, scenario_, run.workers); !list.empty()) {
      refuse(run.file, run.id, list);
    }
    add({run.file, run.id, run.workers, own.worker_batch(run.workers), run.typical.time,
         std::hypot(kLogged, run.typical.relative_error)});
  }

  void add_ours(const Measurement& record) {
    if (record.scenario.empty()) {
      add(pilot_record(record, scenario_));
      return;
    }
    const Scenario own = scenario_of(record, {record.workers}, profiles_);
    if (const auto list = differences(own, scenario_, record.workers); !list.empty()) {
      refuse(record.file, record.id, list);
    }
    add(pilot_record(record, own));
  }

  void add_survey(const SurveyRecord& record, const std::string& file) {
    if (record.workers == 0) {
      throw Error::input("record '" + record.id + "' of the pilot does not tell its workers", "",
                         "add \"devices\"")
          .at(file, "/");
    }
    if (const auto list = contradictions(record, scenario_, record.workers); !list.empty()) {
      refuse(file, record.id, list);
    }
    const auto measured = quantity_of(record);
    if (!measured) {
      throw Error::input("record '" + record.id + "' of the pilot has no step time",
                         quantity_obstacle(record), "give a throughput or a step time")
          .at(file, "/");
    }
    const std::int64_t global =
        record.batch > 0 ? record.batch : scenario_.global_batch_at(record.workers);
    const double step = seconds(measured->quantity, measured->value * measured->unit_value, global,
                                file, record.id);
    add({file, record.id, record.workers, share(global, record.workers), step,
         reading_error(record)});
  }

  const Scenario& scenario_;
  ProfileLibrary profiles_;
};

}  // namespace

PilotRecord pilot_record(const Measurement& record, const Scenario& own) {
  const std::int64_t global = own.global_batch_at(record.workers);
  const double step =
      seconds(record.quantity, record.value * record.unit_value, global, record.file, record.id);
  return {record.file,    record.id,
          record.workers, share(global, record.workers),
          step,           record.relative_error.value_or(kRead)};
}

std::vector<PilotRecord> read_pilot(const std::vector<std::string>& files,
                                    const Scenario& scenario) {
  Reader reader(scenario);
  for (const std::string& file : files) reader.read(file);
  if (reader.records.empty()) {
    throw Error::input("the pilot has no records", "", "give at least one run of the job");
  }
  return std::move(reader.records);
}

}  // namespace rehearse
