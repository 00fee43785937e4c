#include "tests/apps/processes.h"

#include <sys/wait.h>
#include <unistd.h>

#include <sstream>
#include <thread>

namespace rehearse {
namespace {

namespace fs = std::filesystem;
using SteadyClock = std::chrono::steady_clock;
using std::chrono_literals::operator""ms;

std::string whole_file(const fs::path& file) {
  std::ostringstream content;
  content << std::ifstream(file, std::ios::binary).rdbuf();
  return content.str();
}

pid_t parent_of(pid_t process) {
  const std::string stat = whole_file("/proc/" + std::to_string(process) + "/stat");
  const std::size_t name_end = stat.rfind(')');  // pid (name) state parent …
  if (name_end == std::string::npos) return 0;
  return static_cast<pid_t>(std::strtol(stat.c_str() + name_end + 4, nullptr, 10));
}

bool descends_from(pid_t process, pid_t ancestor) {
  for (; process > 1; process = parent_of(process)) {
    if (process == ancestor) return true;
  }
  return false;
}

}  // namespace

std::optional<pid_t> find_rank(pid_t launcher, int rank) {
  const std::string mark = "OMPI_COMM_WORLD_RANK=" + std::to_string(rank) + '\0';
  for (const auto& entry : fs::directory_iterator("/proc")) {
    const auto process =
        static_cast<pid_t>(std::strtol(entry.path().filename().c_str(), nullptr, 10));
    if (process <= 0 || !descends_from(process, launcher)) continue;
    if (whole_file(entry.path() / "environ").find(mark) != std::string::npos) return process;
  }
  return std::nullopt;
}

pid_t start_program(const std::string& arguments, const std::string& err,
                    const std::string& environment) {
  const std::string command = environment + " exec '" + REHEARSE_BINARY + "' " + arguments +
                              " > /dev/null 2> '" + err + "'";
  const pid_t child = fork();
  if (child == 0) {
    execl("/bin/sh", "sh", "-c", command.c_str(), static_cast<char*>(nullptr));
    _exit(127);
  }
  return child;
}

std::optional<int> wait_for(pid_t process, std::chrono::seconds most) {
  for (const auto end = SteadyClock::now() + most; SteadyClock::now() < end;) {
    int status = 0;
    if (waitpid(process, &status, WNOHANG) == process) {
      return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
    }
    std::this_thread::sleep_for(20ms);
  }
  return std::nullopt;
}

bool comes_true(std::chrono::seconds most, const std::function<bool()>& holds) {
  for (const auto end = SteadyClock::now() + most; SteadyClock::now() < end;) {
    if (holds()) return true;
    std::this_thread::sleep_for(20ms);
  }
  return holds();
}

}  // namespace rehearse
