// Which rank of a job does what. Ranks are not workers: servers and masters are ranks as well, and
// come last.
#pragma once

#include <cstdint>
#include <string>

#include "base/contract.h"

namespace rehearse {

enum class Role : std::uint8_t {
  worker,  // computes gradients
  server,  // keeps parameters, or a part of them
  master   // hands parameters out and takes what workers made of them
};

class Roles {
 public:
  // REQUIRES: workers >= 1; servers, masters >= 0.
  explicit Roles(int workers, int servers = 0, int masters = 0)
      : workers_(workers), servers_(servers), masters_(masters) {
    EXPECTS(workers >= 1 && servers >= 0 && masters >= 0);
  }

  [[nodiscard]] int ranks() const { return workers_ + servers_ + masters_; }
  [[nodiscard]] int workers() const { return workers_; }
  [[nodiscard]] int servers() const { return servers_; }
  [[nodiscard]] int masters() const { return masters_; }
  // REQUIRES: 0 <= rank < ranks().
  [[nodiscard]] Role of(int rank) const {
    if (rank < workers_) return Role::worker;
    return rank < workers_ + servers_ ? Role::server : Role::master;
  }
  [[nodiscard]] int first_server() const { return workers_; }
  [[nodiscard]] int first_master() const { return workers_ + servers_; }

  bool operator==(const Roles&) const = default;

 private:
  int workers_, servers_, masters_;
};

// "4 workers, 1 server"
std::string to_text(const Roles& roles);

}  // namespace rehearse
