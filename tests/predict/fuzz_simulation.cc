// fuzz_simulation SEED COUNT EVERY: feeds mutated shipped scenarios to the loader and predicts the
// smallest point of every EVERY-th scenario that loads. Each prediction must end within 30 s, with
// finite positive numbers whose parts add up, or be refused by an input error.
#include <unistd.h>

#include <cstdlib>
#include <iostream>

#include "base/error.h"
#include "predict/predict.h"
#include "scenarios/profile_library.h"
#include "tests/predict/sane.h"
#include "tests/scenarios/mutator.h"

namespace rehearse {
namespace {

constexpr unsigned kLongest = 30;          // s per prediction; the process is ended by a signal
constexpr std::int64_t kMostWorkers = 64;  // larger points take longer, not other paths
constexpr std::int64_t kMostNodes = 20'000;

int fuzz(std::uint64_t seed, std::uint64_t count, std::uint64_t every) {
  const Mutator mutator(mutation_corpus());
  ProfileLibrary profiles;
  std::uint64_t loaded = 0, simulated = 0, failures = 0;
  for (std::uint64_t i = 0; i < count; ++i) {
    std::string fault;
    try {
      Scenario scenario = read_scenario(
          JsonDocument::parse_text(mutator.text(seed, i), scenarios_folder() + "/fuzz.json"),
          profiles);
      if (loaded++ % every != 0) continue;
      if (scenario.workers.front() > kMostWorkers || scenario.nodes > kMostNodes) continue;
      scenario.workers.resize(1);
      alarm(kLongest);
      fault = fault_of(predict(scenario, {}));
      ++simulated;
    } catch (const Error& error) {
      if (error.kind() != Error::Kind::input) fault = error.what();
    } catch (const std::exception& error) {
      fault = error.what();
    }
    alarm(0);
    if (fault.empty()) continue;
    ++failures;
    std::cerr << "input " << i << " of seed " << seed << ": " << fault << "\n"
              << mutator.text(seed, i) << "\n";
  }
  std::cout << count << " inputs: " << loaded << " load, " << simulated << " simulated, "
            << failures << " failures\n";
  return failures == 0 && simulated > 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}

}  // namespace
}  // namespace rehearse

int main(int argc, char** argv) {
  if (argc != 4) {
    std::cerr << "usage: fuzz_simulation SEED COUNT EVERY\n";
    return EXIT_FAILURE;
  }
  const auto number = [&](int i) { return std::strtoull(argv[i], nullptr, 10); };
  return rehearse::fuzz(number(1), number(2), number(3));
}
