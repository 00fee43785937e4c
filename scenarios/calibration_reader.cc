#include "scenarios/calibration_reader.h"

#include "base/error.h"
#include "base/quantity_text.h"
#include "kernels/devices/cost_model.h"
#include "scenarios/known_keys.h"

namespace rehearse {
namespace {

// "resnet50 (the model is vgg16)" for the first key that does not hold, else nothing.
std::string difference(ObjectReader& reader, const Scenario& scenario) {
  const auto differs = [&](const char* key, const std::string& actual) -> std::string {
    const auto stated = reader.optional_string(key);
    if (!stated || *stated == actual) return "";
    return *stated + ", the " + key + " is " + actual;
  };
  for (const auto& [key, actual] :
       {std::pair{"model", scenario.model->name()}, std::pair{"device", scenario.device.name},
        std::pair{"precision", std::string(to_text(scenario.precision))}}) {
    std::string text = differs(key, actual);
    if (!text.empty()) return text;
  }
  return "";
}

void expect_possible(const ObjectReader& reader, const Scenario& scenario,
                     const DeviceCalibration& calibration) {
  const Duration step(static_cast<double>(calibration.batch) / calibration.samples_per_s);
  try {
    // One byte of optimizer traffic: its kernel is launched too, its length does not matter here.
    calibration_factor(CostModel(scenario.device), *scenario.model, calibration.batch,
                       scenario.precision, step, Bytes(1));
  } catch (const Error& error) {
    throw error.at(reader.file(), reader.path() + "/samples_per_s");
  }
}

}  // namespace

void read_calibration(ObjectReader& node, Scenario& scenario) {
  if (!node.has("calibration")) return;
  ObjectReader reader = node.object("calibration");
  expect_known(reader, {"samples_per_s", "batch", "relative_error", "source", "model", "device",
                        "precision"});
  DeviceCalibration calibration;
  calibration.samples_per_s = reader.number("samples_per_s", 1e-6, 1e9);
  calibration.batch = reader.integer("batch", 1, kMostWorkerBatch);
  calibration.relative_error = reader.optional_number("relative_error", 0, 1).value_or(0);
  calibration.source = reader.string("source");

  if (const std::string other = difference(reader, scenario); !other.empty()) {
    scenario.remarks.push_back("the calibration is not used: it is of " + other);
    scenario.provenance.push_back(
        {"device time", "the cost model alone, no calibration: that of the file is of " + other,
         Provenance::Kind::derived});
    return;
  }
  expect_possible(reader, scenario, calibration);
  scenario.provenance.push_back({"device time: " + significant(calibration.samples_per_s, 6) +
                                     " samples/s at batch " + std::to_string(calibration.batch),
                                 calibration.source, Provenance::Kind::published});
  scenario.calibration = std::move(calibration);
}

}  // namespace rehearse
