// fuzz_commands --program FILE [--seconds N] [--runs N] [--seed N] [--keep DIR] [--only N]
//
// With --only one run is made, shown and kept, whether it fails or not.
//
// Runs the program with random options on damaged files. Each run must end within 30 s of the
// processor and 6 GiB, with exit status 0 to 3. A failure is one line on stderr beside warnings; a
// result is checked as tests/fuzz/result_check.h says. What fails is kept in a folder of its own
// with the files, and with a script that runs the shortest command line that fails in the same way.
#include <fcntl.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <chrono>
#include <csignal>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <functional>
#include <iostream>
#include <map>
#include <optional>
#include <sstream>
#include <stdexcept>

#include "tests/fuzz/command_line.h"
#include "tests/fuzz/judge.h"
#include "tests/fuzz/result_check.h"

namespace rehearse {
namespace {

namespace fs = std::filesystem;
using Clock = std::chrono::steady_clock;

constexpr rlim_t kSeconds = 30;                // of the processor
constexpr rlim_t kMemory = rlim_t{6} << 30;    // bytes of address space
constexpr int kOutOfMemory = 3;                // its exit status
constexpr std::uint64_t kKept = 3;             // runs of one kind of failure
constexpr std::size_t kLongestWarning = 2000;  // bytes

struct Asked {
  std::string program;
  double seconds = 0;
  std::uint64_t runs = 0;
  std::uint64_t seed = 0;
  std::string keep = "fuzz_failures";
  std::optional<std::uint64_t> only;
};

std::string content(const fs::path& path) {
  std::ostringstream text;
  text << std::ifstream(path, std::ios::binary).rdbuf();
  return text.str();
}

struct Outcome {
  int status = 0;  // of waitpid
  std::string out, errors;
};

class Runner {
 public:
  explicit Runner(std::string program) : program_(fs::absolute(program)) {
    std::string pattern = (fs::temp_directory_path() / "fuzz-commands-XXXXXX").string();
    if (mkdtemp(pattern.data()) == nullptr) throw std::runtime_error("no temporary folder");
    folder_ = pattern;
  }
  ~Runner() { fs::remove_all(folder_); }
  Runner(const Runner&) = delete;
  Runner& operator=(const Runner&) = delete;

  Outcome run(const CommandLine& line) {
    const fs::path place = folder_ / "run";
    fs::remove_all(place);
    write_files(line, place);
    const pid_t child = fork();
    if (child == 0) become(line, place);
    Outcome outcome;
    waitpid(child, &outcome.status, 0);
    outcome.out = content(folder_ / "out");
    outcome.errors = content(folder_ / "errors");
    return outcome;
  }

  static void write_files(const CommandLine& line, const fs::path& place) {
    fs::create_directories(place);
    for (const auto& [name, text] : line.files) {
      std::ofstream(place / name, std::ios::binary) << text;
    }
  }

 private:
  [[noreturn]] void become(const CommandLine& line, const fs::path& place) const {
    const auto open_as = [&](int descriptor, const fs::path& path, int flags) {
      dup2(open(path.c_str(), flags, 0600), descriptor);
    };
    open_as(STDIN_FILENO, "/dev/null", O_RDONLY);
    open_as(STDOUT_FILENO, folder_ / "out", O_WRONLY | O_CREAT | O_TRUNC);
    open_as(STDERR_FILENO, folder_ / "errors", O_WRONLY | O_CREAT | O_TRUNC);
    const rlimit processor{kSeconds, kSeconds + 1};
    const rlimit memory{kMemory, kMemory};
    const rlimit core{0, 0};
    setrlimit(RLIMIT_CPU, &processor);
    setrlimit(RLIMIT_AS, &memory);
    setrlimit(RLIMIT_CORE, &core);
    alarm(static_cast<unsigned>(20 * kSeconds));
    setenv("XDG_CACHE_HOME", (folder_ / "cache").c_str(), 1);
    if (chdir(place.c_str()) != 0) _exit(126);
    std::vector<char*> arguments{const_cast<char*>(program_.c_str())};
    for (const std::string& one : line.arguments) {
      arguments.push_back(const_cast<char*>(one.c_str()));
    }
    arguments.push_back(nullptr);
    execv(program_.c_str(), arguments.data());
    _exit(127);
  }

  fs::path program_, folder_;
};

// One line, beside warnings.
std::string fault_of_errors(const std::string& errors, int status) {
  int lines = 0;
  std::istringstream stream(errors);
  for (std::string line; std::getline(stream, line);) {
    const bool is_warning = line.starts_with("warning [");
    const bool is_progress = line.starts_with("rehearse: measuring ") ||
                             line.starts_with("rehearse: calibrating ") ||
                             line.find(" % is simulated after ") != std::string::npos;
    if (!is_warning && !is_progress) ++lines;
    const std::string fault = fault_of_line(line.substr(0, is_warning ? 600 : line.size()));
    if (!fault.empty() && !(is_warning && line.size() > 600)) return fault + ": " + line;
    if (line.size() > kLongestWarning) return "a warning without end: " + line;
  }
  if (status == 0 && lines > 0) return "success and complaint: " + errors;
  if (status >= 2 && lines != 1) return std::to_string(lines) + " lines: " + errors;
  return "";
}

std::string fault_of(const CommandLine& line, const Outcome& outcome) {
  if (!WIFEXITED(outcome.status)) {
    const int signal = WTERMSIG(outcome.status);
    const bool late = signal == SIGXCPU || signal == SIGALRM || signal == SIGKILL;
    return late ? "it takes too long" : std::string("signal ") + strsignal(signal);
  }
  const int status = WEXITSTATUS(outcome.status);
  if (status > 3) return "status " + std::to_string(status) + ": " + outcome.errors;
  if (status == kOutOfMemory && outcome.errors.find("out of memory") != std::string::npos) {
    return "out of memory";
  }
  std::string fault = fault_of_errors(outcome.errors, status);
  if (!fault.empty() || status != 0) return fault;
  return line.prints_json() && line.arguments[0] != "--help" ? fault_of_json(outcome.out)
                                                             : fault_of_table(outcome.out);
}

class Campaign {
 public:
  explicit Campaign(const Asked& asked) : asked_(asked), runner_(asked.program) {}

  int run() {
    std::cout << "seed " << asked_.seed << std::endl;
    const auto start = Clock::now();
    const auto seconds = [&] {
      return std::chrono::duration<double>(Clock::now() - start).count();
    };
    std::uint64_t number = asked_.only.value_or(0);
    for (; asked_.only ? number == *asked_.only
                       : (asked_.runs == 0 || number < asked_.runs) &&
                             (asked_.seconds <= 0 || seconds() < asked_.seconds);
         ++number) {
      try_one(number);
    }
    std::cout << number << " runs in " << seconds() << " s; by exit status:";
    for (const auto& [status, count] : statuses_) std::cout << " " << status << ": " << count;
    std::cout << "; by command (done of all):";
    for (const auto& [command, count] : commands_) {
      std::cout << " " << command << ": " << done_[command] << "/" << count;
    }
    std::cout << "; " << failures_ << " failures; slowest " << slowest_ << " s (run "
              << slowest_run_ << ")" << std::endl;
    return failures_ == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
  }

 private:
  // Of a run whose files are kept.
  [[nodiscard]] fs::path place_of(std::uint64_t number) const {
    return fs::path(asked_.keep) /
           ("run-" + std::to_string(asked_.seed) + "-" + std::to_string(number));
  }

  void try_one(std::uint64_t number) {
    const CommandLine line = lines_.line(asked_.seed, number);
    if (asked_.only) {
      std::cout << "in " << place_of(number).string() << ": rehearse " << line.text() << std::endl;
      Runner::write_files(line, place_of(number));
    }
    const auto start = Clock::now();
    const Outcome outcome = runner_.run(line);
    const std::chrono::duration<double> spent = Clock::now() - start;
    if (spent.count() > slowest_) {
      slowest_ = spent.count();
      slowest_run_ = number;
    }
    const bool done = WIFEXITED(outcome.status) && WEXITSTATUS(outcome.status) == 0;
    ++statuses_[WIFEXITED(outcome.status) ? WEXITSTATUS(outcome.status) : -1];
    const std::string command = line.arguments.empty() ? "" : line.arguments[0].substr(0, 12);
    ++commands_[command];
    done_[command] += done ? 1 : 0;
    const std::string fault = fault_of(line, outcome);
    if (!fault.empty()) fail(number, line, fault);
  }

  // Leaves arguments out for as long as the fault stays.
  CommandLine shortest(CommandLine line, const std::string& fault) {
    for (bool shorter = true; shorter;) {
      shorter = false;
      for (const CommandLine& candidate : shorter_by_one(line)) {
        if (kind_of(fault_of(candidate, runner_.run(candidate))) != kind_of(fault)) continue;
        line = candidate;
        shorter = true;
        break;
      }
    }
    return line;
  }

  void fail(std::uint64_t number, CommandLine line, const std::string& fault) {
    ++failures_;
    const std::string command = line.arguments.empty() ? "" : line.arguments[0];
    const std::uint64_t times = ++kinds_[command + kind_of(fault)];
    if (times > kKept) return;
    if (times == 1) line = shortest(std::move(line), fault);
    const fs::path place = place_of(number);
    Runner::write_files(line, place);
    std::ofstream(place / "again.sh") << "rehearse " << line.text() << "\n";
    std::cerr << "FAILED run " << number << ": " << fault.substr(0, 1000) << "\n  again: cd "
              << place.string() << " && rehearse " << line.text().substr(0, 1000) << "\n";
  }

  const Asked& asked_;
  CommandLines lines_;
  Runner runner_;
  std::map<int, std::uint64_t> statuses_;  // -1: ended by a signal
  std::map<std::string, std::uint64_t> commands_, done_, kinds_;
  std::uint64_t failures_ = 0, slowest_run_ = 0;
  double slowest_ = 0;
};

// Throws std::invalid_argument.
Asked read_arguments(const std::vector<std::string>& arguments) {
  Asked asked;
  asked.seed = static_cast<std::uint64_t>(std::chrono::system_clock::now().time_since_epoch() /
                                          std::chrono::milliseconds(1));
  const std::map<std::string, std::function<void(const std::string&)>> options{
      {"--program", [&](const std::string& value) { asked.program = value; }},
      {"--keep", [&](const std::string& value) { asked.keep = value; }},
      {"--seconds", [&](const std::string& value) { asked.seconds = std::stod(value); }},
      {"--runs", [&](const std::string& value) { asked.runs = std::stoull(value); }},
      {"--only", [&](const std::string& value) { asked.only = std::stoull(value); }},
      {"--seed", [&](const std::string& value) { asked.seed = std::stoull(value); }}};
  for (std::size_t i = 0; i < arguments.size(); i += 2) {
    const auto option = options.find(arguments[i]);
    if (option == options.end() || i + 1 == arguments.size()) {
      throw std::invalid_argument(arguments[i]);
    }
    option->second(arguments[i + 1]);
  }
  if (asked.program.empty()) throw std::invalid_argument("--program is needed");
  if (asked.seconds <= 0 && asked.runs == 0) asked.seconds = 60;
  return asked;
}

}  // namespace
}  // namespace rehearse

int main(int argc, char** argv) {
  try {
    const rehearse::Asked asked = rehearse::read_arguments({argv + 1, argv + argc});
    return rehearse::Campaign(asked).run();
  } catch (const std::exception& wrong) {
    std::cerr << wrong.what()
              << "\nusage: fuzz_commands --program FILE [--seconds N] [--runs N] [--seed N] "
                 "[--keep DIR] [--only N]\n";
    return EXIT_FAILURE;
  }
}
