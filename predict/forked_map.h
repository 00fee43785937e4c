// Runs independent pieces of work in child processes, because SimGrid starts once per process.
#pragma once

#include <cstddef>
#include <functional>
#include <string>
#include <vector>

namespace rehearse {

// Returns body(0) … body(count - 1), each computed in a process of its own, at most `jobs` at a
// time; the result does not depend on `jobs`. `finished` is told after each one in the parent. An
// Error or a contract violation of a child is thrown again here; a child that dies is an
// Error::environment.
std::vector<std::string> forked_map(std::size_t count, int jobs,
                                    const std::function<std::string(std::size_t)>& body,
                                    const std::function<void(std::size_t done)>& finished);

}  // namespace rehearse
