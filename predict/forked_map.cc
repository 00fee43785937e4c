#include "predict/forked_map.h"

#include <fcntl.h>
#include <poll.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <csignal>
#include <cstdio>
#include <cstring>
#include <optional>
#include <utility>

#include "base/contract.h"
#include "base/end_with_parent.h"
#include "base/error.h"

namespace rehearse {
namespace {

// First byte of what a child says: the result, or how it failed. Before it there may be shares of
// the work, a double each, and notes, which end with a zero byte.
enum class Outcome : char {
  share = 's',
  note = 'n',
  result = 'r',
  input = 'i',
  environment = 'e',
  bug = 'b'
};

constexpr std::size_t kShareBytes = 1 + sizeof(double);

using Body = std::function<std::string(std::size_t, const PieceTeller&)>;

struct Child {
  pid_t pid = 0;
  int pipe = -1;
  int errors = -1;  // a file in memory that is the child's stderr; -1: it has the parent's
  std::size_t index = 0;
  std::string said{};
  std::vector<std::string> notes{};
  double share = 0;
  int status = 0;  // as waitpid gives it
};

void send(int pipe, const std::string& message) {
  std::size_t sent = 0;
  while (sent < message.size()) {
    const ssize_t n = write(pipe, message.data() + sent, message.size() - sent);
    if (n < 0 && errno == EINTR) continue;
    if (n <= 0) _exit(1);
    sent += static_cast<std::size_t>(n);
  }
}

void say(int pipe, Outcome outcome, const std::string& text) {
  send(pipe, static_cast<char>(outcome) + text);
}

// Tells each half per cent once.
PieceTeller teller(int pipe) {
  PieceTeller tell;
  tell.share = [pipe, told = 0.0](double share) mutable {
    if (share < told + 0.005) return;
    told = share;
    std::string message(kShareBytes, static_cast<char>(Outcome::share));
    std::memcpy(message.data() + 1, &share, sizeof share);
    send(pipe, message);
  };
  tell.note = [pipe](const std::string& text) {
    send(pipe, static_cast<char>(Outcome::note) + text + '\0');
  };
  return tell;
}

// Takes shares and notes off the front of what a child has said.
void take_told(Child& child) {
  for (;;) {
    const char first = child.said.empty() ? '\0' : child.said.front();
    if (first == static_cast<char>(Outcome::share) && child.said.size() >= kShareBytes) {
      std::memcpy(&child.share, child.said.data() + 1, sizeof child.share);
      child.said.erase(0, kShareBytes);
      continue;
    }
    const std::size_t end = child.said.find('\0');
    if (first != static_cast<char>(Outcome::note) || end == std::string::npos) return;
    child.notes.push_back(child.said.substr(1, end - 1));
    child.said.erase(0, end + 1);
  }
}

// What SimGrid writes before it aborts belongs into one line of ours. A sanitizer's report does
// not.
int file_for_errors() {
#if defined(__SANITIZE_ADDRESS__)
  return -1;
#else
  return memfd_create("stderr", MFD_CLOEXEC);
#endif
}

std::string text_in(int file) {
  std::string text;
  std::array<char, 4096> block{};
  ssize_t n = 0;
  while ((n = pread(file, block.data(), block.size(), static_cast<off_t>(text.size()))) > 0) {
    text.append(block.data(), static_cast<std::size_t>(n));
  }
  return text;
}

[[noreturn]] void run_child(int pipe, std::size_t index, const Body& body) {
  try {
    say(pipe, Outcome::result, body(index, teller(pipe)));
  } catch (const Error& error) {
    say(pipe, error.kind() == Error::Kind::environment ? Outcome::environment : Outcome::input,
        error.what());
  } catch (const std::bad_alloc&) {
    say(pipe, Outcome::environment, "out of memory: simulate fewer workers");
  } catch (const std::exception& error) {
    say(pipe, Outcome::bug, error.what());
  }
  // No destructors: SimGrid's would run again in every child.
  _exit(0);
}

// Children of a map that is left early are ended.
class Children {
 public:
  ~Children() {
    for (const Child& child : running_) {
      kill(child.pid, SIGKILL);
      close(child.pipe);
      if (child.errors >= 0) close(child.errors);
      waitpid(child.pid, nullptr, 0);
    }
  }

  [[nodiscard]] std::size_t count() const { return running_.size(); }

  // The share of them that is done, in pieces.
  [[nodiscard]] double share() const {
    double sum = 0;
    for (const Child& child : running_) sum += child.share;
    return sum;
  }

  // What they have noted since the last call.
  std::vector<std::string> take_notes() {
    std::vector<std::string> all;
    for (Child& child : running_) {
      for (std::string& note : std::exchange(child.notes, {})) all.push_back(std::move(note));
    }
    return all;
  }

  void start(std::size_t index, const Body& body) {
    std::array<int, 2> ends{};
    if (pipe2(ends.data(), O_CLOEXEC) != 0) {
      throw Error::environment("cannot open a pipe", std::strerror(errno));
    }
    std::fflush(nullptr);  // SimGrid flushes in the child: what is buffered here would appear twice
    const pid_t parent = getpid();
    const int errors = file_for_errors();
    const pid_t pid = fork();
    if (pid < 0) {
      if (errors >= 0) close(errors);
      throw Error::environment("cannot start a process", std::strerror(errno), "lower --jobs");
    }
    if (pid == 0) {
      end_with_parent(parent);
      close(ends[0]);
      if (errors >= 0) dup2(errors, STDERR_FILENO);
      run_child(ends[1], index, body);
    }
    close(ends[1]);
    running_.push_back({pid, ends[0], errors, index});
  }

  // Waits until something was said, or a second; returns the child that ended, if one did. The
  // caller closes its `errors`.
  std::optional<Child> listen() {
    std::vector<pollfd> polled;
    for (const Child& child : running_) polled.push_back({child.pipe, POLLIN, 0});
    constexpr int kSecond = 1000;  // ms
    while (poll(polled.data(), polled.size(), kSecond) < 0) EXPECTS(errno == EINTR);
    for (std::size_t i = 0; i < running_.size(); ++i) {
      if (polled[i].revents == 0) continue;
      std::array<char, 65536> block{};
      const ssize_t n = read(running_[i].pipe, block.data(), block.size());
      if (n > 0) {
        running_[i].said.append(block.data(), static_cast<std::size_t>(n));
        take_told(running_[i]);
        continue;
      }
      Child ended = std::move(running_[i]);
      running_.erase(running_.begin() + static_cast<std::ptrdiff_t>(i));
      close(ended.pipe);
      waitpid(ended.pid, &ended.status, 0);
      return ended;
    }
    return std::nullopt;
  }

 private:
  std::vector<Child> running_;
};

bool fault_of_ours(int signal) {
  return signal == SIGABRT || signal == SIGSEGV || signal == SIGBUS || signal == SIGFPE ||
         signal == SIGILL;
}

// Of a child that said nothing at its end.
[[noreturn]] void throw_death(const Child& child, const std::string& errors) {
  const std::string first = errors.substr(0, errors.find('\n'));
  const bool no_memory = first.find("emory") != std::string::npos;
  if (WIFSIGNALED(child.status) && fault_of_ours(WTERMSIG(child.status)) && !no_memory) {
    throw ContractViolation("a simulating process died of signal " +
                            std::to_string(WTERMSIG(child.status)) +
                            (first.empty() ? "" : ": " + first));
  }
  throw Error::environment("a simulating process died", "the machine may have run out of memory",
                           "simulate fewer workers or lower --jobs");
}

// What the child wrote to stderr is passed on with its result; of a failure the one line says all.
std::string result_of(const Child& child) {
  std::string errors;
  if (child.errors >= 0) {
    errors = text_in(child.errors);
    close(child.errors);
  }
  if (child.said.empty()) throw_death(child, errors);
  std::string text = child.said.substr(1);
  switch (static_cast<Outcome>(child.said.front())) {
    case Outcome::result:
      std::fwrite(errors.data(), 1, errors.size(), stderr);
      return text;
    case Outcome::input:
      throw Error::input(std::move(text));
    case Outcome::environment:
      throw Error::environment(std::move(text));
    case Outcome::bug:
    case Outcome::share:
    case Outcome::note:
      break;
  }
  throw ContractViolation(text);
}

}  // namespace

std::vector<std::string> forked_map(std::size_t count, int jobs,
                                    const std::function<std::string(std::size_t)>& body,
                                    const std::function<void(std::size_t done)>& finished) {
  return watched_map(count, jobs, [&](std::size_t i, const PieceTeller&) { return body(i); },
                     {finished, {}, {}});
}

std::vector<std::string> watched_map(std::size_t count, int jobs, const Body& body,
                                     const MapWatch& watch) {
  EXPECTS(jobs >= 1);
  std::vector<std::string> results(count);
  Children children;
  std::size_t done = 0;
  // The last piece is the largest in a sweep: it starts first.
  for (std::size_t next = count; done < count;) {
    while (next > 0 && children.count() < static_cast<std::size_t>(jobs)) {
      children.start(--next, body);
    }
    if (const auto child = children.listen()) {
      results[child->index] = result_of(*child);
      ++done;
      if (watch.finished) watch.finished(done);
    }
    for (const std::string& note : children.take_notes()) {
      if (watch.note) watch.note(note);
    }
    if (watch.waiting) {
      watch.waiting((static_cast<double>(done) + children.share()) / static_cast<double>(count));
    }
  }
  return results;
}

}  // namespace rehearse
