// What a GPU node needs of Rehearse, in one small program: it measures the kernels of a GPU and
// whole training steps. calibrate/gpu_suite.sh runs it.
//
//   gpu_suite kernels --table kernels.csv --profile device.json --budget "90 s"
//   gpu_suite steps --profile device.json --model resnet50 --precision bf16 --batch 64 -o steps.csv
#include <CLI/CLI.hpp>
#include <iostream>

#include "apps/gpu_calibration.h"
#include "base/error.h"
#include "base/json_reader.h"
#include "base/quantity_text.h"
#include "base/text_file.h"
#include "calibrate/gpu/step_times.h"
#include "kernels/cuda/cuda_backend.h"
#include "kernels/cuda/cuda_devices.h"
#include "kernels/models/zoo.h"

namespace rehearse {
namespace {

struct Steps {
  std::string profile, model, precision = "bf16", output;
  std::int64_t batch = 1;
  std::string budget = "15 s";
};

int run_steps(const Steps& what) {
  require_cuda_device();
  const Model model = zoo_model(what.model);
  const StepJob job{
      .model = &model, .batch = what.batch, .precision = parse_precision(what.precision)};
  const JsonDocument profile = JsonDocument::parse_file(what.profile);
  const DeviceProfile device = read_device_profile(profile.root());
  const Duration predicted = predicted_step(device, job);
  const StepTimes times = time_steps(*cuda_backend(0), job, parse_duration(what.budget));
  const auto number = [](double value) { return significant(value, 5); };
  const double error = predicted / times.p50 - 1;
  std::string row =
      what.model + "," + what.precision + "," + std::to_string(what.batch) + ",rehearse,";
  for (const double value :
       {times.p50.value(), times.p10.value(), times.p90.value(), predicted.value(), error,
        times.memory.value(), times.first_loss, times.last_loss}) {
    row += number(value) + ",";
  }
  write_text_file(what.output,
                  "model,precision,batch,library,step_s,p10_s,p90_s,predicted_s,error,memory_bytes,"
                  "first_loss,last_loss,steps\n" +
                      row + std::to_string(times.steps) + "\n");
  std::cout << what.model << " " << what.precision << " batch " << what.batch << ": "
            << to_text(times.p50) << " a step, predicted " << to_text(predicted) << " ("
            << significant(100 * error, 3) << " %)\n";
  return 0;
}

void add_steps(CLI::App& app, Steps& steps) {
  CLI::App& command = *app.add_subcommand("steps", "Time training steps of a network of the zoo");
  command.add_option("--profile", steps.profile, "The device profile that predicts")->required();
  command.add_option("--model", steps.model, "Of the zoo")->required();
  command.add_option("--precision", steps.precision, "fp32, tf32, bf16 or fp16");
  command.add_option("--batch", steps.batch, "Samples")->check(CLI::Range(1, 1 << 20));
  command.add_option("--budget", steps.budget, "How long it may take");
  command.add_option("-o,--output", steps.output, "CSV file")->required();
}

int run(int argc, char** argv) {
  CLI::App app{"Rehearse on a GPU node"};
  app.require_subcommand(1);
  GpuCalibration kernels;
  std::string budget = "90 s";
  CLI::App& command = *app.add_subcommand("kernels", "Measure the kernels of a GPU");
  command.add_option("--gpu", kernels.gpu, "Counted from 0")->check(CLI::Range(0, 1023));
  command.add_option("--table", kernels.table, "CSV file");
  command.add_option("--profile", kernels.profile, "Device profile");
  command.add_option("--budget", budget, "How long it may take");
  Steps steps;
  add_steps(app, steps);
  CLI::App& facts = *app.add_subcommand("facts", "Name the libraries and count the GPUs");
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    return app.exit(error) == 0 ? 0 : static_cast<int>(Error::Kind::input);
  }
  if (facts.parsed()) {
    std::cout << cuda_libraries() << "; GPUs: " << cuda_device_count() << "\n";
    return 0;
  }
  if (!command.parsed()) return run_steps(steps);
  kernels.budget = parse_duration(budget);
  return calibrate_gpu(kernels);
}

}  // namespace
}  // namespace rehearse

int main(int argc, char** argv) {
  try {
    return rehearse::run(argc, argv);
  } catch (const rehearse::Error& error) {
    std::cerr << "gpu_suite: " << error.what() << "\n";
    return static_cast<int>(error.kind());
  }
}
