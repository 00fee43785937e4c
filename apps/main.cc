// The only place that turns trouble into a line on stderr and an exit status: 0 done, 1 a check
// failed, 2 bad usage or input, 3 the environment, 4 a bug of ours.
#include <fcntl.h>
#include <unistd.h>

#include <csignal>
#include <exception>
#include <iostream>
#include <new>
#include <string>

#include "apps/command_line.h"
#include "base/error.h"
#include "base/printable.h"

namespace {

constexpr int kEnvironment = 3;
constexpr int kBug = 4;

int bug(const std::string& what) {
  std::cerr << "rehearse: internal error (" << rehearse::printable(what)
            << "): please report it with the command line\n";
  return kBug;
}

// Where stdout is closed, the next file that is opened would take its number, and results would go
// there. One that cannot be written takes it.
void keep_stdout_apart() {
  if (fcntl(STDOUT_FILENO, F_GETFD) >= 0) return;
  const int nothing = open("/dev/null", O_RDONLY);
  if (nothing >= 0 && nothing != STDOUT_FILENO) {
    dup2(nothing, STDOUT_FILENO);
    close(nothing);
  }
}

}  // namespace

int main(int argc, char** argv) {
  // A file that may not grow is an error of the write, as a full disk is.
  std::signal(SIGXFSZ, SIG_IGN);
  try {
    keep_stdout_apart();
    const int status = rehearse::parse_command_line(argc, argv)();
    std::cout << std::flush;
    if (!std::cout) throw rehearse::Error::environment("nothing can be written to stdout");
    return status;
  } catch (const rehearse::Error& error) {
    std::cerr << "rehearse: " << error.what() << "\n";
    return static_cast<int>(error.kind());
  } catch (const std::bad_alloc&) {
    std::cerr << "rehearse: out of memory: use fewer --jobs or a smaller scenario\n";
    return kEnvironment;
  } catch (const std::exception& error) {
    return bug(error.what());
  } catch (...) {
    return bug("an exception of unknown type");
  }
}
