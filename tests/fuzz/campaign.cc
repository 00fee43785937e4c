#include "tests/fuzz/campaign.h"

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include <chrono>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <iostream>
#include <map>
#include <memory>
#include <new>
#include <stdexcept>

#include "tests/fuzz/inputs.h"

namespace rehearse {
namespace {

using Clock = std::chrono::steady_clock;

constexpr std::uint64_t kInputsOfChild = 2000;  // a child starts afresh with its memory after them
constexpr double kSecondsOfChild = 5;
constexpr std::uint64_t kKept = 3;  // inputs of one kind of failure

double seconds_since(Clock::time_point start) {
  return std::chrono::duration<double>(Clock::now() - start).count();
}

// What a child tells while it runs: it may end at any input.
struct Progress {
  std::uint64_t number = 0;  // of the input at hand
  std::uint64_t taken = 0, refused = 0;
  double slowest = 0;
  std::uint64_t slowest_number = 0;
};

class SharedProgress {
 public:
  SharedProgress()
      : page_(mmap(nullptr, sizeof(Progress), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS,
                   -1, 0)) {
    if (page_ == MAP_FAILED) throw std::bad_alloc();
  }
  ~SharedProgress() { munmap(page_, sizeof(Progress)); }
  SharedProgress(const SharedProgress&) = delete;
  SharedProgress& operator=(const SharedProgress&) = delete;

  Progress& operator*() { return *static_cast<Progress*>(page_); }
  Progress* operator->() { return static_cast<Progress*>(page_); }

 private:
  void* page_;
};

class Campaign {
 public:
  Campaign(const std::vector<Door>& all, const CampaignOptions& options)
      : all_(all), options_(options) {
    std::string pattern = (std::filesystem::temp_directory_path() / "fuzz-XXXXXX").string();
    if (mkdtemp(pattern.data()) == nullptr) throw std::runtime_error("no temporary folder");
    folder_ = pattern;
  }
  ~Campaign() { std::filesystem::remove_all(folder_); }
  Campaign(const Campaign&) = delete;
  Campaign& operator=(const Campaign&) = delete;

  DoorResult run(const Door& door, double seconds) {
    const Inputs inputs(door, all_);
    DoorResult result;
    result.door = door.name;
    const auto start = Clock::now();
    for (std::uint64_t first = 0; !is_over(first, seconds_since(start), seconds);) {
      first = run_child(door, inputs, first, seconds, start, result);
    }
    result.seconds = seconds_since(start);
    return result;
  }

 private:
  [[nodiscard]] bool is_over(std::uint64_t done, double spent, double seconds) const {
    return (options_.inputs > 0 && done >= options_.inputs) || (seconds > 0 && spent >= seconds);
  }

  [[nodiscard]] std::string path(const Door& door) const {
    return folder_ + "/input" + door.ending;
  }

  // From input `first` on; returns the number of the next.
  std::uint64_t run_child(const Door& door, const Inputs& inputs, std::uint64_t first,
                          double seconds, Clock::time_point start, DoorResult& result) {
    SharedProgress progress;
    progress->number = first;
    const std::string told = folder_ + "/told";
    const std::string errors = folder_ + "/errors";
    const pid_t child = fork();
    if (child < 0) throw std::runtime_error("no process can be started");
    if (child == 0) {
      dup2(open(errors.c_str(), O_WRONLY | O_CREAT | O_TRUNC, 0600), STDERR_FILENO);
      std::ofstream failures(told);
      const auto begin = Clock::now();
      std::uint64_t number = first;
      for (; number < first + kInputsOfChild && seconds_since(begin) < kSecondsOfChild &&
             !is_over(number, seconds_since(start), seconds);
           ++number) {
        progress->number = number;
        try_one(door, inputs.text(options_.seed, number), number, *progress, failures);
      }
      progress->number = number;
      failures.close();
      _exit(0);
    }
    int status = 0;
    waitpid(child, &status, 0);
    take_over(door, inputs, *progress, told, result);
    if (status == 0) return progress->number;
    fail(door, inputs, progress->number, fault_of_end(status, errors), result);
    return progress->number + 1;
  }

  void try_one(const Door& door, const std::string& text, std::uint64_t number, Progress& progress,
               std::ofstream& failures) const {
    const auto begin = Clock::now();
    const Verdict verdict = judge(door, text, path(door), options_.limits);
    const double spent = seconds_since(begin);
    if (spent > progress.slowest) {
      progress.slowest = spent;
      progress.slowest_number = number;
    }
    if (!verdict.fault.empty()) {
      failures << number << " " << verdict.fault << '\0' << std::flush;
    } else {
      ++(verdict.taken ? progress.taken : progress.refused);
    }
  }

  void take_over(const Door& door, const Inputs& inputs, const Progress& progress,
                 const std::string& told, DoorResult& result) {
    result.taken += progress.taken;
    result.refused += progress.refused;
    if (progress.slowest > result.slowest) {
      result.slowest = progress.slowest;
      result.slowest_number = progress.slowest_number;
    }
    std::ifstream failures(told);
    std::uint64_t number = 0;
    while (failures >> number) {
      failures.ignore();
      std::string fault;
      std::getline(failures, fault, '\0');
      fail(door, inputs, number, fault, result);
    }
  }

  void fail(const Door& door, const Inputs& inputs, std::uint64_t number, const std::string& fault,
            DoorResult& result) {
    ++result.failures;
    const std::string kind = door.name + kind_of(fault);
    if (++kinds_[kind] > kKept) return;
    std::filesystem::create_directories(options_.keep);
    const std::string name = options_.keep + "/" + door.name + "-" + std::to_string(options_.seed) +
                             "-" + std::to_string(number) + door.ending;
    const std::string text = inputs.text(options_.seed, number);
    std::ofstream(name, std::ios::binary) << text;
    std::string small_name = name;
    if (kinds_[kind] == 1) {
      small_name += ".small";
      std::ofstream(small_name, std::ios::binary)
          << smallest(door, text, fault, path(door), options_.limits);
    }
    std::cerr << "FAILED " << door.name << " input " << number << ": " << fault
              << "\n  again: fuzz_readers --kind " << door.name << " --file " << small_name << "\n";
  }

  const std::vector<Door>& all_;
  const CampaignOptions& options_;
  std::string folder_;
  std::map<std::string, std::uint64_t> kinds_;  // how often a kind of failure was met
};

}  // namespace

std::vector<DoorResult> run_campaign(const std::vector<Door>& doors, const std::vector<Door>& all,
                                     const CampaignOptions& options) {
  Campaign campaign(all, options);
  std::vector<DoorResult> results;
  const auto start = Clock::now();
  for (std::size_t i = 0; i < doors.size(); ++i) {
    // What a door does not need is left to the others.
    const double left = options.seconds - seconds_since(start);
    const double share = options.seconds > 0 ? left / static_cast<double>(doors.size() - i) : 0;
    if (options.seconds > 0 && share <= 0) break;
    const DoorResult result = campaign.run(doors[i], share);
    std::printf(
        "%-14s %8llu inputs in %6.1f s: %8llu taken, %8llu refused, %llu failed; slowest %.3f s "
        "(input %llu)\n",
        result.door.c_str(), static_cast<unsigned long long>(result.inputs()), result.seconds,
        static_cast<unsigned long long>(result.taken),
        static_cast<unsigned long long>(result.refused),
        static_cast<unsigned long long>(result.failures), result.slowest,
        static_cast<unsigned long long>(result.slowest_number));
    std::fflush(stdout);
    results.push_back(result);
  }
  return results;
}

}  // namespace rehearse
