#include "apps/launch.h"

#include <fcntl.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstring>
#include <fstream>
#include <iostream>
#include <iterator>
#include <set>
#include <string>
#include <vector>

#include "base/error.h"
#include "base/scan.h"
#include "runtime/mpi_world.h"

namespace rehearse {
namespace {

std::string own_program() {
  char path[4096];
  const ssize_t length = readlink("/proc/self/exe", path, sizeof path);
  if (length <= 0) throw Error::environment("this program cannot find itself", strerror(errno));
  return {path, static_cast<std::size_t>(length)};
}

// More ranks than cores and a superuser are none of the user's concern; ranks bind themselves.
std::vector<std::string> mpirun(int ranks) {
  return {"mpirun", "--allow-run-as-root", "--oversubscribe", "--bind-to", "none",
          "-n",     std::to_string(ranks)};
}

[[noreturn]] void become(const std::vector<std::string>& words, int errors) {
  std::vector<char*> argv;
  for (const std::string& word : words) argv.push_back(const_cast<char*>(word.c_str()));
  argv.push_back(nullptr);
  prctl(PR_SET_PDEATHSIG, SIGTERM);  // nobody is left to end the ranks if this process is killed
  dup2(errors, STDERR_FILENO);
  execvp(argv[0], argv.data());
  _exit(errno == ENOENT ? 127 : 126);
}

// "rank 1 on node7 died of signal 9 (Killed)" of Open MPI's "process rank 1 with PID 77 on node
// node7 exited on signal 9 (Killed)."; empty for other lines.
std::string death_in(const std::string& line) {
  TextScan scan(line);
  if (!scan.find("process rank ") || !scan.digits(1)) return {};
  const std::string rank(scan.taken());
  if (!scan.take(" with PID ") || !scan.digits(1) || !scan.take(" on node ")) return {};
  if (!scan.take_until(" \t")) return {};
  const std::string node(scan.taken());
  if (!scan.take(" exited on signal ") || !scan.digits(1)) return {};
  std::string death = "rank " + rank + " on " + node + " died of signal ";
  death += scan.taken();
  if (scan.take(" (") && scan.take_until(")") && scan.next() == ')') {
    death += " (" + std::string(scan.taken()) + ")";
  }
  return death;
}

// What the ranks and the launcher write to stderr.
class Listener {
 public:
  void hear(const char* text, std::size_t length) {
    rest_.append(text, length);
    for (std::size_t end; (end = rest_.find('\n')) != std::string::npos;) {
      line(rest_.substr(0, end));
      rest_.erase(0, end + 1);
    }
  }

  // "rank 1 on node7 died of signal 9 (Killed)"; empty if none did.
  [[nodiscard]] const std::string& death() const { return death_; }

 private:
  void line(const std::string& text) {
    if (std::string death = death_in(text); !death.empty()) {
      death_ = std::move(death);
    } else if (text.starts_with("rehearse") && said_.insert(text).second) {
      std::cerr << text << std::endl;
    }
  }

  std::string rest_;
  std::string death_;
  std::set<std::string> said_;
};

}  // namespace

std::vector<std::string> own_arguments() {
  std::ifstream in("/proc/self/cmdline", std::ios::binary);
  const std::string all{std::istreambuf_iterator<char>(in), {}};
  std::vector<std::string> words;
  for (std::size_t begin = 0, end; (end = all.find('\0', begin)) != std::string::npos;
       begin = end + 1) {
    words.push_back(all.substr(begin, end - begin));
  }
  if (!words.empty()) words.erase(words.begin());
  return words;
}

int launch_ranks(int ranks, const std::vector<std::string>& arguments) {
  if (MpiSession::library().empty()) {
    throw Error::environment("this program was built without MPI", "", "use --ranks 1");
  }
  std::vector<std::string> words = mpirun(ranks);
  words.push_back(own_program());
  words.insert(words.end(), arguments.begin(), arguments.end());
  int pipe_ends[2];
  if (pipe2(pipe_ends, O_CLOEXEC) != 0) throw Error::environment("no pipe", strerror(errno));
  const pid_t child = fork();
  if (child < 0) throw Error::environment("mpirun cannot be started", strerror(errno));
  if (child == 0) become(words, pipe_ends[1]);
  close(pipe_ends[1]);
  Listener listener;
  char text[4096];
  for (;;) {
    const ssize_t length = read(pipe_ends[0], text, sizeof text);
    if (length > 0) listener.hear(text, static_cast<std::size_t>(length));
    if (length == 0 || (length < 0 && errno != EINTR)) break;
  }
  close(pipe_ends[0]);
  int status = 0;
  while (waitpid(child, &status, 0) < 0 && errno == EINTR) {
  }
  if (!listener.death().empty()) {
    throw Error::environment(listener.death(), "the other ranks were ended",
                             "checkpoints are intact: go on with --resume");
  }
  const int code = WIFEXITED(status) ? WEXITSTATUS(status) : 3;
  if (code == 127) {
    throw Error::environment("there is no mpirun", "several ranks need a launcher",
                             "install openmpi-bin, or use --ranks 1");
  }
  return code;
}

}  // namespace rehearse
