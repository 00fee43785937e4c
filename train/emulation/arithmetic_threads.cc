#include "train/emulation/arithmetic_threads.h"

#include <utility>

#include "base/contract.h"

namespace rehearse {

ArithmeticThreads::ArithmeticThreads(int threads,
                                     const std::function<std::unique_ptr<Executor>()>& make) {
  EXPECTS(threads >= 1);
  for (int i = 0; i < threads; ++i) nets_.push_back(make());
  for (auto& net : nets_) threads_.emplace_back([this, &net] { serve(*net); });
}

ArithmeticThreads::~ArithmeticThreads() {
  {
    const std::lock_guard lock(mutex_);
    stop_ = true;
  }
  started_.notify_all();
  for (std::thread& thread : threads_) thread.join();
}

void ArithmeticThreads::start(Work& work) {
  {
    const std::lock_guard lock(mutex_);
    work.done = false;
    work.failure = nullptr;
    waiting_.push_back(&work);
  }
  started_.notify_one();
}

void ArithmeticThreads::wait(Work& work) {
  std::unique_lock lock(mutex_);
  finished_.wait(lock, [&] { return work.done; });
  if (work.failure) std::rethrow_exception(std::exchange(work.failure, nullptr));
}

void ArithmeticThreads::serve(Executor& net) {
  std::unique_lock lock(mutex_);
  for (;;) {
    started_.wait(lock, [&] { return stop_ || !waiting_.empty(); });
    if (stop_) return;
    Work& work = *waiting_.front();
    waiting_.pop_front();
    lock.unlock();
    std::exception_ptr failure;
    try {
      work.body(net);
    } catch (...) {
      failure = std::current_exception();
    }
    lock.lock();
    work.failure = failure;
    work.done = true;
    finished_.notify_all();
  }
}

}  // namespace rehearse
