// How the tools of this folder end: an error is one line on stderr and its kind the exit status.
#pragma once

#include <exception>
#include <functional>
#include <iostream>

#include "base/error.h"

namespace rehearse {

inline int tool_main(const std::function<int()>& body) {
  constexpr int kOurBug = 4;
  try {
    return body();
  } catch (const Error& error) {
    std::cerr << error.what() << "\n";
    return static_cast<int>(error.kind());
  } catch (const std::exception& error) {
    std::cerr << error.what() << "\n";
    return kOurBug;
  }
}

}  // namespace rehearse
