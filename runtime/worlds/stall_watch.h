// Watches over the ranks of a real run: one that is stopped, cut off or stuck is named while the
// others wait for it.
//
//   StallWatch watch(session, Duration(60), [](const std::string& line) { … });   // on all ranks
//   watch.move(Stage::passes, 12);
//
// A thread of every rank sends a few bytes, some times in that span, to the first three ranks; the
// first of these that is awake speaks. Steps pay for a counter only.
#pragma once

#include <functional>
#include <memory>
#include <string>

#include "runtime/worlds/mpi/mpi_world.h"
#include "runtime/worlds/stall_judge.h"

namespace rehearse {

class StallWatch {
 public:
  // Made by all ranks together. `after`: the silence that is worth a word; zero: nothing is
  // watched. `say` is called from another thread, on one rank at a time.
  StallWatch(MpiSession& session, Duration after, std::function<void(const std::string&)> say);
  // Ends when every watched rank has come here; at once where an exception is in flight.
  ~StallWatch();
  StallWatch(const StallWatch&) = delete;
  StallWatch& operator=(const StallWatch&) = delete;

  // This rank has come to this place. Called by one thread.
  void move(Stage stage, std::int64_t step);

 private:
  class Watcher;
  std::unique_ptr<Watcher> watcher_;  // null: nothing is watched
};

}  // namespace rehearse
