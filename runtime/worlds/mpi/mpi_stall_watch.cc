#include <unistd.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <chrono>
#include <condition_variable>
#include <exception>
#include <mutex>
#include <sstream>
#include <thread>
#include <utility>
#include <vector>

#include "runtime/worlds/mpi/mpi_state.h"
#include "runtime/worlds/stall_watch.h"

namespace rehearse {
namespace {

using Steady = std::chrono::steady_clock;
using Seconds = std::chrono::duration<double>;

constexpr int kTag = 3;
constexpr int kObservers = 3;  // two of them may be stopped at a time
constexpr std::size_t kNumbers = 3;
using Message = std::array<std::int64_t, kNumbers>;

constexpr double kPerSpan = 8;  // messages in the span that is worth a word
constexpr Seconds kLongestPeriod{5};
constexpr Seconds kLeaving{1e-3};  // between looks when this rank has finished

std::string own_host() {
  std::array<char, 256> name{};
  return gethostname(name.data(), name.size() - 1) == 0 ? name.data() : "an unknown host";
}

// By rank, on all ranks.
std::vector<std::string> all_hosts(MpiSession& session) {
  std::string list;
  for (const std::string& host : session.gather(own_host())) list += host + '\n';
  std::istringstream lines(session.broadcast(list));
  std::vector<std::string> hosts;
  for (std::string host; std::getline(lines, host);) hosts.push_back(host);
  return hosts;
}

}  // namespace

class StallWatch::Watcher {
 public:
  Watcher(MpiSession& session, Duration after, std::function<void(const std::string&)> say)
      : rank_(session.rank()),
        observers_(std::min(kObservers, session.size())),
        period_(std::min(Seconds(after.value() / kPerSpan), kLongestPeriod)),
        say_(std::move(say)),
        judge_(all_hosts(session), session.rank(), after),
        exceptions_(std::uncaught_exceptions()) {
    mpi_check(MPI_Comm_dup(MPI_COMM_WORLD, &comm_), "MPI_Comm_dup");
    for (int peer = 0; peer < observers_; ++peer) {
      if (peer != rank_) posts_.push_back({peer});
    }
    thread_ = std::thread([this] { watch(); });
  }

  ~Watcher() {
    const bool failed = std::uncaught_exceptions() > exceptions_;
    {
      const std::lock_guard lock(mutex_);
      (failed ? abandoned_ : leaving_) = true;
    }
    changed_.notify_all();
    thread_.join();
    if (!failed) MPI_Comm_free(&comm_);
  }
  Watcher(const Watcher&) = delete;
  Watcher& operator=(const Watcher&) = delete;

  void move(Stage stage, std::int64_t step) {
    step_.store(step, std::memory_order_relaxed);
    stage_.store(stage, std::memory_order_relaxed);
    moves_.store(moves_.load(std::memory_order_relaxed) + 1, std::memory_order_relaxed);
  }

 private:
  // What is on its way to an observer.
  struct Post {
    int peer = 0;
    MPI_Request request = MPI_REQUEST_NULL;
    Message message{};
    bool told_last = false;  // that this rank has finished
  };

  void watch() {
    Steady::time_point last = Steady::now();
    Seconds awake(0);  // of this process: a time in which it was stopped does not count
    for (;;) {
      bool leaving = false;
      {
        std::unique_lock lock(mutex_);
        changed_.wait_for(lock, leaving_ ? kLeaving : period_,
                          [&] { return abandoned_ || (leaving_ && !left_); });
        if (abandoned_) return;
        leaving = left_ = leaving_;
      }
      const Steady::time_point now = Steady::now();
      awake += std::min(Seconds(now - last), 2 * period_);
      last = now;
      const Whereabouts mine{leaving ? Stage::left : stage_.load(), step_.load(), moves_.load()};
      send(mine);
      if (rank_ < observers_) observe(mine, Duration(awake.count()));
      if (leaving && finished()) return;
    }
  }

  void send(const Whereabouts& mine) {
    for (Post& post : posts_) {
      int free = 0;
      MPI_Test(&post.request, &free, MPI_STATUS_IGNORE);
      if (free == 0 || post.told_last) continue;  // the observer sleeps, or knows all
      post.message = {static_cast<std::int64_t>(mine.stage), mine.step, mine.moves};
      post.told_last = mine.stage == Stage::left;
      MPI_Isend(post.message.data(), kNumbers, MPI_INT64_T, post.peer, kTag, comm_, &post.request);
    }
  }

  void observe(const Whereabouts& mine, Duration now) {
    for (;;) {
      int there = 0;
      MPI_Status status;
      MPI_Iprobe(MPI_ANY_SOURCE, kTag, comm_, &there, &status);
      if (there == 0) break;
      Message text{};
      MPI_Recv(text.data(), kNumbers, MPI_INT64_T, status.MPI_SOURCE, kTag, comm_, &status);
      judge_.hear(status.MPI_SOURCE, {static_cast<Stage>(text[0]), text[1], text[2]}, now);
    }
    judge_.hear(rank_, mine, now);
    for (const std::string& line : judge_.look(now, judge_.speaks(observers_, now))) say_(line);
  }

  // Everything is delivered, and whatever comes here has come.
  [[nodiscard]] bool finished() const {
    const bool sent = std::all_of(posts_.begin(), posts_.end(), [](const Post& post) {
      return post.told_last && post.request == MPI_REQUEST_NULL;
    });
    return sent && (rank_ >= observers_ || judge_.all_have_left());
  }

  const int rank_, observers_;
  const Seconds period_;
  const std::function<void(const std::string&)> say_;
  StallJudge judge_;
  const int exceptions_;  // in flight when the watch began
  MPI_Comm comm_ = MPI_COMM_NULL;
  std::vector<Post> posts_;

  std::atomic<Stage> stage_ = Stage::preparation;
  std::atomic<std::int64_t> step_ = 0, moves_ = 0;

  std::mutex mutex_;
  std::condition_variable changed_;
  bool leaving_ = false, left_ = false, abandoned_ = false;
  std::thread thread_;  // the last: uses the others
};

StallWatch::StallWatch(MpiSession& session, Duration after,
                       std::function<void(const std::string&)> say) {
  if (session.size() == 1 || !(after > Duration(0))) return;
  watcher_ = std::make_unique<Watcher>(session, after, std::move(say));
}

StallWatch::~StallWatch() = default;

void StallWatch::move(Stage stage, std::int64_t step) {
  if (watcher_) watcher_->move(stage, step);
}

}  // namespace rehearse
