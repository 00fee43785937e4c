#include "sim/worlds/sim_input.h"

#include <simgrid/s4u.hpp>

#include "base/contract.h"
#include "runtime/data/input_pipeline.h"

namespace rehearse {

namespace s4u = simgrid::s4u;

struct InputQueue {
  std::function<void(std::int64_t)> read;
  s4u::SemaphorePtr free, ready;
  std::int64_t next_step = 0;
};

SimInput::SimInput(int readers, std::function<void(std::int64_t)> read)
    : queue_(std::make_shared<InputQueue>()) {
  EXPECTS(readers >= 1);
  queue_->read = std::move(read);
  queue_->free = s4u::Semaphore::create(static_cast<unsigned>(prefetched_batches(readers)));
  queue_->ready = s4u::Semaphore::create(0);
  for (int i = 0; i < readers; ++i) {
    s4u::Actor::create("reader", s4u::this_actor::get_host(), [queue = queue_] {
      for (;;) {
        queue->free->acquire();
        queue->read(queue->next_step++);
        queue->ready->release();
      }
    })->daemonize();
  }
}

void SimInput::next() {
  queue_->ready->acquire();
  queue_->free->release();
}

}  // namespace rehearse
