// fuzz_scenario SEED COUNT: feeds mutated shipped scenarios to the loader and builds the networks
// of those that pass. Each must be refused by an input error of one line, or be ready to simulate.
// Anything else (another exception, a crash, more than two seconds) is a failure, told with its
// number.
#include <chrono>
#include <cstdlib>
#include <exception>
#include <iostream>
#include <optional>
#include <stdexcept>

#include "base/error.h"
#include "scenarios/profile_library.h"
#include "scenarios/scenario.h"
#include "tests/scenarios/made_up_profile.h"
#include "tests/scenarios/mutator.h"
#include "topologies/graph/build.h"

namespace rehearse {
namespace {

using Clock = std::chrono::steady_clock;

constexpr double kLongest = 2;           // s per input
constexpr std::int64_t kSmall = 256;     // nodes of networks that are all built
constexpr std::int64_t kLarge = 20'000;  // nodes of networks of which one in kOneIn is built
constexpr std::uint64_t kOneIn = 50;

// Fewer inputs ready to simulate than this share mean that nothing deep is tried any more: a
// profile that all scenarios need is broken, or the mutations are too wild. About 40 % are usual.
constexpr double kLeastShare = 25;             // per cent
constexpr std::uint64_t kEnoughInputs = 1000;  // for the share to mean something

class Fuzz {
 public:
  Fuzz(std::uint64_t seed, std::uint64_t count)
      : seed_(seed), count_(count), mutator_(mutation_corpus()) {
    profiles_.set_local(read_made_up_profile(2));  // as the shipped scenario divides a machine
  }

  int run() {
    const auto start = Clock::now();
    for (std::uint64_t i = 0; i < count_; ++i) try_one(i);
    const std::chrono::duration<double> all = Clock::now() - start;
    const double share = 100.0 * static_cast<double>(loaded_) / static_cast<double>(count_);
    std::cout << count_ << " inputs in " << all.count() << " s: " << loaded_
              << " ready to simulate (" << share << " %), " << built_
              << " of their networks built, " << refused_ << " refused, " << failures_
              << " failures; slowest " << slowest_ << " s (input " << slowest_input_ << ")\n";
    if (count_ >= kEnoughInputs && share < kLeastShare) {
      std::cerr << "too few inputs are ready to simulate: at least " << kLeastShare
                << " % are due\n";
      return EXIT_FAILURE;
    }
    return failures_ == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
  }

 private:
  void try_one(std::uint64_t number) {
    const std::string text = mutator_.text(seed_, number);
    const auto start = Clock::now();
    try {
      load(text);
    } catch (const std::exception& error) {
      fail(number, error.what());
    }
    const std::chrono::duration<double> spent = Clock::now() - start;
    if (spent.count() > slowest_) {
      slowest_ = spent.count();
      slowest_input_ = number;
    }
    if (spent.count() > kLongest) fail(number, "it took " + std::to_string(spent.count()) + " s");
  }

  void load(const std::string& text) {
    const std::optional<Scenario> scenario = read(text);
    if (!scenario) return;
    ++loaded_;
    // Whatever the loader lets through must build; all small machines and some large ones are
    // tried.
    const bool small = scenario->nodes <= kSmall;
    if (!small && (loaded_ % kOneIn != 0 || scenario->nodes > kLarge)) return;
    ++built_;
    (void)build_network(scenario->network, scenario->nodes, scenario->node);
  }

  // Nothing if the scenario was refused as it should be.
  std::optional<Scenario> read(const std::string& text) {
    try {
      return read_scenario(JsonDocument::parse_text(text, scenarios_folder() + "/fuzz.json"),
                           profiles_);
    } catch (const Error& error) {
      const std::string line = error.what();
      if (error.kind() != Error::Kind::input) throw std::runtime_error("no input error: " + line);
      if (line.find('\n') != std::string::npos) throw std::runtime_error("two lines: " + line);
      if (error.file().empty() || line.size() > 2000) throw std::runtime_error("unclear: " + line);
      ++refused_;
      return std::nullopt;
    }
  }

  void fail(std::uint64_t number, const std::string& why) {
    ++failures_;
    std::cerr << "input " << number << " of seed " << seed_ << ": " << why << "\n";
    if (failures_ <= 3) std::cerr << mutator_.text(seed_, number) << "\n";
  }

  std::uint64_t seed_, count_;
  Mutator mutator_;
  ProfileLibrary profiles_;
  std::uint64_t loaded_ = 0, built_ = 0, refused_ = 0, failures_ = 0, slowest_input_ = 0;
  double slowest_ = 0;
};

}  // namespace
}  // namespace rehearse

int main(int argc, char** argv) {
  if (argc != 3) {
    std::cerr << "usage: fuzz_scenario SEED COUNT\n";
    return EXIT_FAILURE;
  }
  return rehearse::Fuzz(std::strtoull(argv[1], nullptr, 10), std::strtoull(argv[2], nullptr, 10))
      .run();
}
