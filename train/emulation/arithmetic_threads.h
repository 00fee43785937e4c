// Threads that compute with networks of their own: gradients of emulated workers and evaluations.
#pragma once

#include <condition_variable>
#include <cstdint>
#include <deque>
#include <exception>
#include <functional>
#include <memory>
#include <mutex>
#include <thread>
#include <vector>

#include "kernels/executor.h"

namespace rehearse {

class ArithmeticThreads {
 public:
  // Work under way; its fields belong to the threads until wait() returns.
  struct Work {
    std::function<void(Executor&)> body;
    bool done = false;
    std::exception_ptr failure;
  };

  // `make` is called once for each thread, here.
  ArithmeticThreads(int threads, const std::function<std::unique_ptr<Executor>()>& make);
  ~ArithmeticThreads();
  ArithmeticThreads(const ArithmeticThreads&) = delete;
  ArithmeticThreads& operator=(const ArithmeticThreads&) = delete;

  [[nodiscard]] int threads() const { return static_cast<int>(threads_.size()); }

  // Begins in the order of the calls, each piece on whichever thread is free. Borrows the work.
  void start(Work& work);
  // Blocks until it is done; throws what its body has thrown.
  void wait(Work& work);

 private:
  void serve(Executor& net);

  std::mutex mutex_;
  std::condition_variable started_, finished_;
  std::deque<Work*> waiting_;
  bool stop_ = false;
  std::vector<std::unique_ptr<Executor>> nets_;
  std::vector<std::thread> threads_;
};

}  // namespace rehearse
