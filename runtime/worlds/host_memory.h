// How much memory is left on this host for a job that is about to start.
#pragma once

#include <string>

#include "base/units.h"

namespace rehearse {

struct MemoryLeft {
  Bytes bytes;
  std::string of;  // what sets the limit: "this machine" or "its control group"
};

// The smallest of what the kernel calls available (/proc/meminfo) and what each control group of
// this process, version 1 or 2, may still take; pages of files that it could drop count as left.
// `root` stands before /proc and /sys: of tests. Without /proc there is no limit: the largest
// double.
MemoryLeft memory_left(const std::string& root = "");

}  // namespace rehearse
