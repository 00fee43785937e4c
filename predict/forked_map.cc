#include "predict/forked_map.h"

#include <fcntl.h>
#include <poll.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <csignal>
#include <cstdio>
#include <cstring>
#include <optional>

#include "base/contract.h"
#include "base/error.h"

namespace rehearse {
namespace {

// First byte of what a child says: the result, or how it failed.
enum class Outcome : char { result = 'r', input = 'i', environment = 'e', bug = 'b' };

struct Child {
  pid_t pid = 0;
  int pipe = -1;
  std::size_t index = 0;
  std::string said;
};

void say(int pipe, Outcome outcome, const std::string& text) {
  const std::string message = static_cast<char>(outcome) + text;
  std::size_t sent = 0;
  while (sent < message.size()) {
    const ssize_t n = write(pipe, message.data() + sent, message.size() - sent);
    if (n < 0 && errno == EINTR) continue;
    if (n <= 0) _exit(1);
    sent += static_cast<std::size_t>(n);
  }
}

[[noreturn]] void run_child(int pipe, std::size_t index,
                            const std::function<std::string(std::size_t)>& body) {
  try {
    say(pipe, Outcome::result, body(index));
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
      waitpid(child.pid, nullptr, 0);
    }
  }

  [[nodiscard]] std::size_t count() const { return running_.size(); }

  void start(std::size_t index, const std::function<std::string(std::size_t)>& body) {
    std::array<int, 2> ends{};
    if (pipe2(ends.data(), O_CLOEXEC) != 0) {
      throw Error::environment("cannot open a pipe", std::strerror(errno));
    }
    std::fflush(nullptr);  // SimGrid flushes in the child: what is buffered here would appear twice
    const pid_t pid = fork();
    if (pid < 0) {
      throw Error::environment("cannot start a process", std::strerror(errno), "lower --jobs");
    }
    if (pid == 0) {
      close(ends[0]);
      run_child(ends[1], index, body);
    }
    close(ends[1]);
    running_.push_back({pid, ends[0], index, {}});
  }

  // Waits until something was said; returns the child that ended, if one did.
  std::optional<Child> listen() {
    std::vector<pollfd> polled;
    for (const Child& child : running_) polled.push_back({child.pipe, POLLIN, 0});
    while (poll(polled.data(), polled.size(), -1) < 0) EXPECTS(errno == EINTR);
    for (std::size_t i = 0; i < running_.size(); ++i) {
      if (polled[i].revents == 0) continue;
      std::array<char, 65536> block{};
      const ssize_t n = read(running_[i].pipe, block.data(), block.size());
      if (n > 0) {
        running_[i].said.append(block.data(), static_cast<std::size_t>(n));
        continue;
      }
      Child ended = std::move(running_[i]);
      running_.erase(running_.begin() + static_cast<std::ptrdiff_t>(i));
      close(ended.pipe);
      waitpid(ended.pid, nullptr, 0);
      return ended;
    }
    return std::nullopt;
  }

 private:
  std::vector<Child> running_;
};

std::string result_of(const Child& child) {
  if (child.said.empty()) {
    throw Error::environment("a simulating process died", "the machine may have run out of memory",
                             "simulate fewer workers or lower --jobs");
  }
  std::string text = child.said.substr(1);
  switch (static_cast<Outcome>(child.said.front())) {
    case Outcome::result:
      return text;
    case Outcome::input:
      throw Error::input(std::move(text));
    case Outcome::environment:
      throw Error::environment(std::move(text));
    case Outcome::bug:
      break;
  }
  throw ContractViolation(text);
}

}  // namespace

std::vector<std::string> forked_map(std::size_t count, int jobs,
                                    const std::function<std::string(std::size_t)>& body,
                                    const std::function<void(std::size_t done)>& finished) {
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
      if (finished)
        finished(++done);
      else
        ++done;
    }
  }
  return results;
}

}  // namespace rehearse
