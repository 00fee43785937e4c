// What a reader must do with any text: take it, or refuse it in one clear line, soon and with
// little memory.
#pragma once

#include <string>

#include "tests/fuzz/door.h"

namespace rehearse {

struct Verdict {
  bool taken = false;
  std::string said;   // the message of what is refused
  std::string fault;  // empty: as it should be
};

// AddressSanitizer takes about twice the time and three times the memory (its documentation).
#ifdef __SANITIZE_ADDRESS__
inline constexpr int kSanitizerFactor = 3;
#else
inline constexpr int kSanitizerFactor = 1;
#endif

struct Limits {
  int seconds = 10 * kSanitizerFactor;  // of the processor, for one input; a signal ends what takes
                                        // longer
  // Bytes by which one input may make the process grow.
  std::size_t memory = kSanitizerFactor * (512ULL << 20);
};

// In this process: a crash ends it. `path`: where the door may write the text.
Verdict judge(const Door& door, const std::string& text, const std::string& path,
              const Limits& limits);

// What is wrong with a message, empty if nothing: one line of printable UTF-8, not too long.
std::string fault_of_line(const std::string& line);

// In a process of its own. Of what ended it: the signal, or what a sanitizer printed.
Verdict judge_apart(const Door& door, const std::string& text, const std::string& path,
                    const Limits& limits);

// Faults of one cause are alike but for their numbers and quotations, which are left out here.
std::string kind_of(const std::string& fault);

// What a process said that ended itself or was ended: the status of waitpid, and the file that it
// wrote its errors to.
std::string fault_of_end(int status, const std::string& errors);

// The shortest text that was found with the same fault, by leaving lines and bytes out.
std::string smallest(const Door& door, const std::string& text, const std::string& fault,
                     const std::string& path, const Limits& limits);

}  // namespace rehearse
