// Runs independent pieces of work in child processes, because SimGrid starts once per process.
#pragma once

#include <cstddef>
#include <functional>
#include <string>
#include <vector>

namespace rehearse {

// Returns body(0) … body(count - 1), each computed in a process of its own, at most `jobs` at a
// time; the result does not depend on `jobs`. `finished` is told after each one in the parent. An
// Error or a contract violation of a child is thrown again here. A child that is killed is an
// Error::environment; one that dies of a fault of its own (SIGABRT, SIGSEGV, …) is a
// ContractViolation with the first line that it wrote to stderr. Children end with this process,
// however that ends (base/end_with_parent.h).
std::vector<std::string> forked_map(std::size_t count, int jobs,
                                    const std::function<std::string(std::size_t)>& body,
                                    const std::function<void(std::size_t done)>& finished);

// What a piece tells while it is at work.
struct PieceTeller {
  std::function<void(double share)> share{};       // of it that is done, 0 to 1, ascending
  std::function<void(const std::string&)> note{};  // for people, at once
};

// Who watches the pieces, in the parent; each may be empty.
struct MapWatch {
  std::function<void(std::size_t done)> finished{};  // after each one
  // At least once a second: the share of all pieces that is done, parts of pieces included.
  std::function<void(double share)> waiting{};
  std::function<void(const std::string&)> note{};
};

// The same with pieces that tell how far they are.
std::vector<std::string> watched_map(
    std::size_t count, int jobs,
    const std::function<std::string(std::size_t, const PieceTeller&)>& body, const MapWatch& watch);

}  // namespace rehearse
