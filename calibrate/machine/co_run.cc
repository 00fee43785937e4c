#include "calibrate/machine/co_run.h"

#include <pthread.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include <chrono>
#include <cstring>
#include <exception>
#include <new>
#include <span>
#include <thread>

#include "base/contract.h"
#include "base/end_with_parent.h"
#include "base/error.h"
#include "runtime/worlds/core_binding.h"

namespace rehearse {
namespace {

using SteadyClock = std::chrono::steady_clock;

// What the processes have in common; the numbers lie behind it.
struct Header {
  pthread_barrier_t barrier;
  bool over;          // the first process says so before the others read it
  std::size_t done;   // jobs measured
  char failure[512];  // of the process that failed
};

// A page of memory that all processes see.
class SharedNumbers {
 public:
  SharedNumbers(std::size_t numbers, int processes)
      : bytes_(sizeof(Header) + numbers * sizeof(double)) {
    void* memory = mmap(nullptr, bytes_, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    if (memory == MAP_FAILED) throw Error::environment("no shared memory", strerror(errno));
    header_ = new (memory) Header{};
    pthread_barrierattr_t attributes;
    pthread_barrierattr_init(&attributes);
    pthread_barrierattr_setpshared(&attributes, PTHREAD_PROCESS_SHARED);
    pthread_barrier_init(&header_->barrier, &attributes, static_cast<unsigned>(processes));
    pthread_barrierattr_destroy(&attributes);
  }
  ~SharedNumbers() { munmap(header_, bytes_); }
  SharedNumbers(const SharedNumbers&) = delete;
  SharedNumbers& operator=(const SharedNumbers&) = delete;

  Header& header() { return *header_; }
  double* numbers() { return reinterpret_cast<double*>(header_ + 1); }

 private:
  std::size_t bytes_;
  Header* header_ = nullptr;
};

class CoRun {
 public:
  CoRun(const CoRunOptions& options, std::size_t jobs,
        const std::function<std::vector<double>(std::size_t)>& measure)
      : options_(options),
        jobs_(jobs),
        measure_(measure),
        shared_(jobs * (static_cast<std::size_t>(options.devices) + 1) * options.values_per_job,
                options.devices) {}

  std::vector<CoRunResult> run() {
    const pid_t parent = getpid();
    for (int device = 0; device < options_.devices; ++device) {
      const pid_t child = fork();
      if (child == 0) {
        end_with_parent(parent);
        serve(device);
      }
      if (child > 0) children_.push_back(child);
      if (child < 0) {
        stop();
        throw Error::environment("a process cannot be started", strerror(errno));
      }
    }
    await();
    return results();
  }

 private:
  // The numbers of a job: row 0 alone, row 1 + d of device d with all busy.
  std::span<double> row(std::size_t job, int which) {
    const std::size_t rows = static_cast<std::size_t>(options_.devices) + 1;
    const std::size_t index = job * rows + static_cast<std::size_t>(which);
    return {shared_.numbers() + index * options_.values_per_job, options_.values_per_job};
  }

  void measure_into(std::span<double> to, std::size_t job) {
    const std::vector<double> values = measure_(job);
    ENSURES(values.size() == to.size());
    std::copy(values.begin(), values.end(), to.begin());
  }

  [[noreturn]] void serve(int device) {
    try {
      bind_to_cores(device, options_.threads);
      work(device);
      _exit(0);
    } catch (const std::exception& error) {
      std::strncpy(shared_.header().failure, error.what(), sizeof(Header::failure) - 1);
      _exit(1);
    }
  }

  void work(int device) {
    Header& header = shared_.header();
    const auto end = SteadyClock::now() + std::chrono::duration<double>(options_.budget.value());
    for (std::size_t job = 0; job < jobs_; ++job) {
      if (device == 0) header.over = job > 0 && SteadyClock::now() > end;
      pthread_barrier_wait(&header.barrier);
      if (header.over) return;
      if (device == 0) measure_into(row(job, 0), job);
      pthread_barrier_wait(&header.barrier);
      if (options_.devices > 1) measure_into(row(job, 1 + device), job);
      pthread_barrier_wait(&header.barrier);
      if (device == 0) header.done = job + 1;
    }
  }

  void stop() {
    for (const pid_t child : children_) kill(child, SIGKILL);
    for (const pid_t child : children_) waitpid(child, nullptr, 0);
    children_.clear();
  }

  // The next child that ends; meanwhile the caller hears how time passes.
  pid_t next_end(int& status) const {
    if (!options_.progress) return wait(&status);
    constexpr std::chrono::milliseconds kPause(200);
    for (;;) {
      const pid_t child = waitpid(-1, &status, WNOHANG);
      if (child != 0) return child;
      const std::chrono::duration<double> passed = SteadyClock::now() - begin_;
      options_.progress(Duration(passed.count()));
      std::this_thread::sleep_for(kPause);
    }
  }

  void await() {
    while (!children_.empty()) {
      int status = 0;
      const pid_t child = next_end(status);
      if (child < 0 && errno == EINTR) continue;
      std::erase(children_, child);
      if (WIFEXITED(status) && WEXITSTATUS(status) == 0) continue;
      stop();
      const std::string failure = shared_.header().failure;
      throw Error::environment("the measurement failed",
                               failure.empty() ? "a process died" : failure);
    }
  }

  std::vector<CoRunResult> results() {
    std::vector<CoRunResult> all(jobs_);
    for (std::size_t job = 0; job < shared_.header().done; ++job) {
      const std::span<double> alone = row(job, 0);
      all[job].alone.assign(alone.begin(), alone.end());
      all[job].busy = all[job].alone;
      all[job].busy_of = {all[job].alone};
      if (options_.devices == 1) continue;
      all[job].busy_of.clear();
      for (int device = 0; device < options_.devices; ++device) {
        const std::span<double> values = row(job, 1 + device);
        all[job].busy_of.emplace_back(values.begin(), values.end());
      }
      for (std::size_t i = 0; i < alone.size(); ++i) {
        double sum = 0;
        for (int device = 0; device < options_.devices; ++device) sum += row(job, 1 + device)[i];
        all[job].busy[i] = sum / options_.devices;
      }
    }
    return all;
  }

  const CoRunOptions& options_;
  std::size_t jobs_;
  const std::function<std::vector<double>(std::size_t)>& measure_;
  SharedNumbers shared_;
  std::vector<pid_t> children_;
  const SteadyClock::time_point begin_ = SteadyClock::now();
};

}  // namespace

std::vector<CoRunResult> co_run(
    const CoRunOptions& options, std::size_t jobs,
    const std::function<std::vector<double>(std::size_t job)>& measure) {
  EXPECTS(options.devices >= 1 && options.threads >= 1 && options.values_per_job >= 1);
  return CoRun(options, jobs, measure).run();
}

}  // namespace rehearse
