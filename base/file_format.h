// The first line of every file of ours: "format": "rehearse-KIND-1".
#pragma once

#include <optional>
#include <string>

#include "base/enum_names.h"
#include "base/json_reader.h"

namespace rehearse {

enum class FileKind {
  scenario,
  device,
  network,
  stack,
  graph,
  model,
  machine,
  prices,
  measurements,
  run,
  checkpoint,
  prediction,
  comparison,
  plan,
  collective,
  emulation,
  search,
  validation,
  topology,
  convergence,
  kernels,
};

inline constexpr auto kFileKindNames = enum_names<FileKind>(
    "scenario", "device", "network", "stack", "graph", "model", "machine", "prices", "measurements",
    "run", "checkpoint", "prediction", "comparison", "plan", "collective", "emulation", "search",
    "validation", "topology", "convergence", "kernels");

// "rehearse-scenario-1".
std::string format_of(FileKind kind);

// The kind that the file says it is of; nothing if it does not say. Throws Error::input for a
// format that is none of ours.
std::optional<FileKind> stated_kind(const JsonDocument& file);

// Every reader of a file calls it. A file that does not say its format is accepted; for one of
// another format it throws Error::input, which names both.
void expect_format(ObjectReader& file, FileKind kind);

}  // namespace rehearse
