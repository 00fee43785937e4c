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
#include <string>
#include <vector>

#include "apps/launcher_words.h"
#include "base/error.h"
#include "runtime/worlds/mpi/mpi_world.h"

namespace rehearse {
namespace {

std::string own_program() {
  char path[4096];
  const ssize_t length = readlink("/proc/self/exe", path, sizeof path);
  if (length <= 0) throw Error::environment("this program cannot find itself", strerror(errno));
  return {path, static_cast<std::size_t>(length)};
}

// More ranks than cores and a superuser are none of the user's concern; ranks bind themselves.
// A job may survive the death of a rank.
std::vector<std::string> mpirun(int ranks, bool survives) {
  std::vector<std::string> words{
      "mpirun", "--allow-run-as-root", "--oversubscribe", "--bind-to", "none",
      "-n",     std::to_string(ranks)};
  if (survives) words.emplace_back("--enable-recovery");
  return words;
}

// Mpirun ends its ranks when it is asked to end.
[[noreturn]] void become(const std::vector<std::string>& words, int errors, pid_t parent) {
  std::vector<char*> argv;
  for (const std::string& word : words) argv.push_back(const_cast<char*>(word.c_str()));
  argv.push_back(nullptr);
  prctl(PR_SET_PDEATHSIG, SIGTERM);  // nobody is left to end the ranks if the parent is killed
  if (getppid() != parent) _exit(1);
  dup2(errors, STDERR_FILENO);
  execvp(argv[0], argv.data());
  _exit(errno == ENOENT ? 127 : 126);
}

// The exit status of mpirun, or an Error that says why there is none to trust.
int judge(int status, const LauncherWords& words) {
  if (!words.death().empty()) {
    throw Error::environment(words.death(), "the other ranks were ended",
                             "checkpoints are intact: go on with --resume");
  }
  if (WIFSIGNALED(status)) {
    throw Error::environment("mpirun died of signal " + std::to_string(WTERMSIG(status)),
                             strsignal(WTERMSIG(status)),
                             "checkpoints are intact: go on with --resume");
  }
  constexpr int kNotFound = 127;
  const int code = WEXITSTATUS(status);
  if (code == kNotFound) {
    throw Error::environment("there is no mpirun", "several ranks need a launcher",
                             "install openmpi-bin, or use --ranks 1");
  }
  if (code == 0 || words.ranks_have_told()) return code;
  const std::string reason = words.reason();
  throw Error::environment("mpirun failed with exit status " + std::to_string(code),
                           reason.empty() ? "it does not say why" : reason,
                           "check its settings (OMPI_MCA_* and SLURM_* in the environment, "
                           "TMPDIR), or work with one rank");
}

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

int launch_ranks(int ranks, const std::vector<std::string>& arguments, bool survives) {
  if (MpiSession::library().empty()) {
    throw Error::environment("this program was built without MPI", "", "use --ranks 1");
  }
  std::vector<std::string> words = mpirun(ranks, survives);
  words.push_back(own_program());
  words.insert(words.end(), arguments.begin(), arguments.end());
  int pipe_ends[2];
  if (pipe2(pipe_ends, O_CLOEXEC) != 0) throw Error::environment("no pipe", strerror(errno));
  const pid_t parent = getpid();
  const pid_t child = fork();
  if (child < 0) throw Error::environment("mpirun cannot be started", strerror(errno));
  if (child == 0) become(words, pipe_ends[1], parent);
  close(pipe_ends[1]);
  LauncherWords said([](const std::string& line) { std::cerr << line << std::endl; });
  char text[4096];
  for (;;) {
    const ssize_t length = read(pipe_ends[0], text, sizeof text);
    if (length > 0) said.hear(text, static_cast<std::size_t>(length));
    if (length == 0 || (length < 0 && errno != EINTR)) break;
  }
  close(pipe_ends[0]);
  int status = 0;
  while (waitpid(child, &status, 0) < 0 && errno == EINTR) {
  }
  said.end();
  return judge(status, said);
}

}  // namespace rehearse
