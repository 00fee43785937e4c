// The real world over MPI: one process per rank, wall-clock time, schedules executed with
// point-to-point messages.
//
//   MpiSession mpi;                             // once per process, before any thread
//   RealWorldOptions options;
//   options.device = &replica;
//   run_over_mpi(mpi, options, [&](World& world) { … });
//
// A rank that fails must take the others with it, or they wait for it for ever. Make the session
// outside of the try block; catch, print, then abort_others.
//
// This header names no MPI type; without MPI (preset "minimal") every session has one rank.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "runtime/world/world.h"
#include "runtime/worlds/alarm.h"

namespace rehearse {

class MpiSession {
 public:
  // Initialises MPI with full thread support when this process was started by a launcher (mpirun,
  // srun); otherwise the session is a single rank and MPI stays untouched. Throws
  // Error::environment when MPI lacks thread support.
  MpiSession();
  // Finalises, which waits for all ranks; after a failure (an exception has left run_over_mpi or is
  // in flight) it leaves MPI as it is: Open MPI's mpirun ends the job when this process exits.
  ~MpiSession();
  MpiSession(const MpiSession&) = delete;
  MpiSession& operator=(const MpiSession&) = delete;

  [[nodiscard]] int rank() const;
  [[nodiscard]] int size() const;
  [[nodiscard]] int node() const;        // of this rank; nodes are numbered by their first ranks
  [[nodiscard]] int local_rank() const;  // among the ranks of this node
  [[nodiscard]] int local_size() const;

  // Every rank's text, in the order of ranks, on rank 0; empty elsewhere.
  [[nodiscard]] std::vector<std::string> gather(const std::string& text);
  // The text of rank 0 on every rank.
  [[nodiscard]] std::string broadcast(const std::string& text);

  // Ends the processes of all ranks with this exit status, this one included; returns in a session
  // of one rank.
  void abort_others(int status);

  // Whether a launcher started this process.
  static bool launched();
  // "Open MPI 4.1.4" or the like; empty when not compiled in.
  static std::string library();

 private:
  struct State;
  std::unique_ptr<State> state_;
  friend void run_over_mpi(MpiSession&, const struct RealWorldOptions&,
                           const std::function<void(World&)>&);
};

struct RealWorldOptions {
  // Borrowed; null: one that does nothing.
  Device* device = nullptr;
  // How many tasks the program spawns at most, on every rank.
  int background_tasks = 3;
  // Travels with every collective and agreement; null: nobody raises one.
  Alarm* alarm = nullptr;
  // The program of this rank only communicates: its main task yields the core while it waits, as
  // background tasks do.
  bool yields_core = false;
  // Whether a rank has ended before the run (runtime/worlds/rank_watch.h); asked while this one
  // waits for messages. Empty: ranks end with the run. When one has, the session is of no use for
  // collectives any more, and does not finalise MPI.
  std::function<bool(int rank)> gone{};
};

// The clock of a rank counts from a start common to all ranks, whose clocks are aligned by
// ping-pongs before the program runs; execute and agree_min report how long this rank waited for
// the last member: each call shares arrival times in a small extra all-reduce, so it returns after
// all members have entered, whatever the schedule. Waiting in a background task yields the core to
// the computation. All ranks spawn the same tasks, in the same order. Tensors of all-reduces are
// float32, float16 or bfloat16; gathers take bytes as well. Throws what the program throws in any
// of its tasks.
void run_over_mpi(MpiSession& session, const RealWorldOptions& options,
                  const std::function<void(World&)>& program);

}  // namespace rehearse
