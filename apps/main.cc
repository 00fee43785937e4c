// The only place that turns trouble into a line on stderr and an exit status: 0 done, 1 a check
// failed, 2 bad usage or input, 3 the environment, 4 a bug of ours.
#include <exception>
#include <iostream>
#include <new>
#include <string>

#include "apps/command_line.h"
#include "base/error.h"

namespace {

constexpr int kEnvironment = 3;
constexpr int kBug = 4;

int bug(const std::string& what) {
  std::string line = what;
  for (char& c : line) {
    if (static_cast<unsigned char>(c) < 0x20) c = ' ';
  }
  std::cerr << "rehearse: internal error (" << line
            << "): please report it with the command line\n";
  return kBug;
}

}  // namespace

int main(int argc, char** argv) {
  try {
    return rehearse::parse_command_line(argc, argv)();
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
