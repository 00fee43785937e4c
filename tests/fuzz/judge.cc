#include "tests/fuzz/judge.h"

#include <fcntl.h>
#include <sys/resource.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <csignal>
#include <cstring>
#include <exception>
#include <fstream>
#include <optional>
#include <sstream>

#include "base/error.h"

namespace rehearse {
namespace {

constexpr std::size_t kLongestLine = 700;  // bytes

// The length of the character that begins at `at`; 0 if it is no valid UTF-8 or cannot be printed.
std::size_t printable(const std::string& text, std::size_t at) {
  const auto byte = [&](std::size_t i) {
    return i < text.size() ? static_cast<unsigned char>(text[i]) : 0U;
  };
  const unsigned first = byte(at);
  if (first < 0x80) return first < 0x20 || first == 0x7f ? 0 : 1;
  const std::size_t length = first >= 0xf0 ? 4 : first >= 0xe0 ? 3 : 2;
  if (first < 0xc2 || first > 0xf4) return 0;
  unsigned code = first & (0xffU >> (length + 1));
  for (std::size_t i = 1; i < length; ++i) {
    if ((byte(at + i) & 0xc0) != 0x80) return 0;
    code = code << 6 | (byte(at + i) & 0x3f);
  }
  const unsigned least = length == 4 ? 0x10000 : length == 3 ? 0x800 : 0x80;
  const bool surrogate = code >= 0xd800 && code < 0xe000;
  return code < least || code > 0x10ffff || surrogate || code < 0xa0 ? 0 : length;
}

std::size_t resident() {  // bytes, the most so far
  rusage usage{};
  getrusage(RUSAGE_SELF, &usage);
  return static_cast<std::size_t>(usage.ru_maxrss) * 1024;
}

void arm(int seconds) {
  const itimerval timer{{0, 0}, {seconds, 0}};
  setitimer(ITIMER_PROF, &timer, nullptr);
  alarm(static_cast<unsigned>(20 * seconds));  // of what sleeps for ever
}

// Leaves out a piece of `size` units at a time for as long as the fault stays.
template <class Units, class Join, class Still>
bool leave_out(Units& units, std::size_t size, Join join, Still still) {
  bool less = false;
  for (std::size_t at = 0; at < units.size();) {
    Units shorter = units;
    const auto begin = shorter.begin() + static_cast<std::ptrdiff_t>(at);
    shorter.erase(begin, begin + static_cast<std::ptrdiff_t>(std::min(size, units.size() - at)));
    if (still(join(shorter))) {
      units = std::move(shorter);
      less = true;
    } else {
      at += size;
    }
  }
  return less;
}

}  // namespace

std::string kind_of(const std::string& fault) {
  std::string kind;
  for (const char c : fault.substr(0, 60)) {
    if (c < '0' || c > '9') kind += c;
  }
  return kind.substr(0, kind.find_first_of("'/"));
}

std::string fault_of_line(const std::string& line) {
  if (line.empty()) return "an empty message";
  if (line.size() > kLongestLine) return "a message of " + std::to_string(line.size()) + " bytes";
  for (std::size_t at = 0; at < line.size();) {
    const std::size_t length = printable(line, at);
    if (length == 0) return "a message that is not printable at byte " + std::to_string(at);
    at += length;
  }
  return "";
}

Verdict judge(const Door& door, const std::string& text, const std::string& path,
              const Limits& limits) {
  Verdict verdict;
  const std::size_t before = resident();
  arm(limits.seconds);
  try {
    door.read(text, path);
    verdict.taken = true;
  } catch (const Error& error) {
    const std::string& line = verdict.said = error.what();
    verdict.fault = fault_of_line(line);
    if (error.kind() != Error::Kind::input && error.kind() != Error::Kind::environment) {
      verdict.fault = "neither the input nor the environment is blamed";
    } else if (error.file().empty()) {
      verdict.fault = "no file is named";
    }
    if (!verdict.fault.empty()) verdict.fault += ": " + line;
  } catch (const std::exception& error) {
    verdict.fault = std::string("exception: ") + error.what();
  } catch (...) {
    verdict.fault = "exception of unknown type";
  }
  arm(0);
  const std::size_t growth = resident() - before;
  if (verdict.fault.empty() && growth > limits.memory) {
    verdict.fault = "it took " + std::to_string(growth >> 20) + " MiB of memory";
  }
  return verdict;
}

std::string fault_of_end(int status, const std::string& errors) {
  std::ifstream file(errors);
  std::string told;
  for (std::string line; std::getline(file, line);) {
    const bool is_summary = line.find("ERROR: AddressSanitizer") != std::string::npos ||
                            line.find("runtime error:") != std::string::npos ||
                            line.find("SUMMARY") != std::string::npos;
    if (is_summary) told += (told.empty() ? "" : " | ") + line;
  }
  if (WIFSIGNALED(status)) {
    const int signal = WTERMSIG(status);
    const bool late = signal == SIGPROF || signal == SIGALRM || signal == SIGXCPU;
    return (late ? "it takes too long" : std::string("signal ") + strsignal(signal)) + " " + told;
  }
  return "it ended the process with status " + std::to_string(WEXITSTATUS(status)) + " " + told;
}

Verdict judge_apart(const Door& door, const std::string& text, const std::string& path,
                    const Limits& limits) {
  const std::string result = path + ".verdict";
  const std::string errors = path + ".errors";
  const pid_t child = fork();
  if (child == 0) {
    const int descriptor = open(errors.c_str(), O_WRONLY | O_CREAT | O_TRUNC, 0600);
    dup2(descriptor, STDERR_FILENO);
    const Verdict verdict = judge(door, text, path, limits);
    std::ofstream(result) << verdict.taken << "\n" << verdict.fault;
    _exit(0);
  }
  int status = 0;
  waitpid(child, &status, 0);
  Verdict verdict;
  if (status != 0) {
    verdict.fault = fault_of_end(status, errors);
    return verdict;
  }
  std::ifstream file(result);
  file >> verdict.taken;
  file.ignore();
  std::getline(file, verdict.fault, '\0');
  return verdict;
}

std::string smallest(const Door& door, const std::string& text, const std::string& fault,
                     const std::string& path, const Limits& limits) {
  const auto end = std::chrono::steady_clock::now() + std::chrono::seconds(20);
  const auto still = [&](const std::string& candidate) {
    if (std::chrono::steady_clock::now() > end) return false;
    return kind_of(judge_apart(door, candidate, path, limits).fault) == kind_of(fault);
  };
  std::vector<std::string> lines;
  std::istringstream stream(text);
  for (std::string line; std::getline(stream, line);) lines.push_back(line + "\n");
  const auto joined = [](const std::vector<std::string>& some) {
    std::string all;
    for (const std::string& line : some) all += line;
    return all;
  };
  std::string best = text;
  if (still(joined(lines))) {
    for (std::size_t size = lines.size(); size > 0; size /= 2)
      leave_out(lines, size, joined, still);
    best = joined(lines);
  }
  for (std::size_t size = best.size(); size > 0; size /= 2) {
    leave_out(
        best, size, [](const std::string& one) { return one; }, still);
  }
  return best;
}

}  // namespace rehearse
