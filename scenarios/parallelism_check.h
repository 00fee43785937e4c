// What of training.parallelism goes together, whatever the number of devices is.
#pragma once

#include <string_view>

#include "base/json_reader.h"
#include "scenarios/scenario.h"

namespace rehearse {

// Borrows all three. The functions throw Error::input at the key that does not fit.
class ParallelismCheck {
 public:
  ParallelismCheck(ObjectReader& reader, Scenario& scenario, ParallelismOptions& options)
      : reader_(reader), scenario_(scenario), options_(options), layout_(options.layout) {}

  // A replica of at most kMostWorkers devices, an order of all axes, experts where they are shared
  // out.
  void expect_sizes() const;
  // Reads schedule and virtual_stages, of which each follows from the other.
  void settle_schedule();
  // Keys without effect go back to the values that stand for "not used", with a remark.
  void set_aside();
  // Strategy, batching, compression and split dense layers.
  void expect_compatible();

 private:
  [[nodiscard]] bool is_open(std::string_view key) const;
  // Whether a degree is more than 1, or may be.
  [[nodiscard]] bool uses(std::string_view key, int degree) const;
  void remark(const std::string& key, const std::string& why);
  void forget_neutral_microbatch();
  void set_dispatch_aside();
  void expect_dense_layers() const;
  void expect_images() const;

  ObjectReader& reader_;
  Scenario& scenario_;
  ParallelismOptions& options_;
  Layout& layout_;
};

}  // namespace rehearse
