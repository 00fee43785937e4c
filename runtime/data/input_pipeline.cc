#include "runtime/data/input_pipeline.h"

#include <algorithm>
#include <condition_variable>
#include <exception>
#include <mutex>
#include <system_error>
#include <thread>
#include <utility>

#include "base/contract.h"
#include "base/error.h"

namespace rehearse {
namespace {

constexpr std::int64_t kLargestBatch = std::int64_t{1} << 31;

void require(bool good, const char* what, std::int64_t value) {
  if (!good) throw Error::input(std::string(what) + " of the input is " + std::to_string(value));
}

}  // namespace

// Steps are handed to readers in order; the batch of step s lands in slot s mod slots. A slot is
// free for step s once next() has moved past step s - slots.
struct InputPipeline::State {
  struct Slot {
    Batch batch;
    bool ready = false;
    std::exception_ptr failure;
  };

  std::shared_ptr<const Dataset> data;
  InputOptions options;
  std::shared_ptr<SampleOrder> order;
  std::vector<Slot> slots;

  std::mutex mutex;
  std::condition_variable slot_freed, slot_filled;
  std::int64_t delivered;    // the step whose batch the caller holds; first_step - 1 before any
  std::int64_t next_ticket;  // the step that the next free reader takes
  bool stop = false;

  std::vector<std::thread> readers;

  State(std::shared_ptr<const Dataset> dataset, InputOptions input)
      : data(std::move(dataset)),
        options(input),
        order(input.order ? input.order
                          : std::make_shared<SampleOrder>(
                                data, SampleOrderOptions{input.batch, input.workers, input.seed})),
        slots(static_cast<std::size_t>(input.readers == 0 ? 1 : input.prefetch + 1)),
        delivered(input.first_step - 1),
        next_ticket(input.first_step) {
    for (Slot& slot : slots) {
      slot.batch.labels.resize(static_cast<std::size_t>(input.batch * data->labels()));
      slot.batch.images.resize(static_cast<std::size_t>(input.batch * data->shape().elements()));
    }
    try {
      for (int i = 0; i < input.readers; ++i) readers.emplace_back([this] { read_ahead(); });
    } catch (const std::system_error& error) {
      shut_down();
      throw Error::environment("cannot start a reader thread", error.what(), "use fewer readers");
    }
  }

  ~State() { shut_down(); }

  void shut_down() {
    {
      const std::lock_guard lock(mutex);
      stop = true;
    }
    slot_freed.notify_all();
    for (std::thread& reader : readers) reader.join();
    readers.clear();
  }

  Slot& slot_of(std::int64_t step) {
    return slots[static_cast<std::size_t>(step % static_cast<std::int64_t>(slots.size()))];
  }

  void read_batch(std::int64_t step, Batch& batch) const {
    const auto elements = static_cast<std::size_t>(data->shape().elements());
    std::vector<std::int64_t> samples(static_cast<std::size_t>(options.batch));
    order->batch(options.rank, step, samples);
    const auto labels = static_cast<std::size_t>(data->labels());
    for (std::size_t i = 0; i < samples.size(); ++i) {
      data->read(samples[i], std::span(batch.images).subspan(i * elements, elements),
                 std::span(batch.labels).subspan(i * labels, labels));
    }
  }

  // What a reader thread does.
  void read_ahead() {
    std::unique_lock lock(mutex);
    for (;;) {
      slot_freed.wait(lock, [&] {
        // While the caller holds a batch, prefetch others may be ready or in the making.
        return stop || next_ticket >= options.last_step ||
               next_ticket <= delivered + options.prefetch;
      });
      if (stop || next_ticket >= options.last_step) return;
      Slot& slot = slot_of(next_ticket);
      const std::int64_t step = next_ticket++;
      lock.unlock();
      std::exception_ptr failure;
      try {
        read_batch(step, slot.batch);
      } catch (...) {
        failure = std::current_exception();
      }
      lock.lock();
      slot.failure = failure;
      slot.ready = true;
      slot_filled.notify_one();
    }
  }

  const Batch& next() {
    if (options.readers == 0) {
      EXPECTS(delivered + 1 < options.last_step);
      read_batch(delivered + 1, slots[0].batch);
      ++delivered;
      return slots[0].batch;
    }
    std::unique_lock lock(mutex);
    EXPECTS(delivered + 1 < options.last_step);
    if (delivered >= options.first_step) slot_of(delivered).ready = false;
    Slot& slot = slot_of(delivered + 1);
    slot_filled.wait(lock, [&] { return slot.ready; });
    if (slot.failure) std::rethrow_exception(slot.failure);
    ++delivered;
    lock.unlock();
    slot_freed.notify_all();
    return slot.batch;
  }
};

InputPipeline::InputPipeline(std::shared_ptr<const Dataset> data, InputOptions options) {
  EXPECTS(data != nullptr);
  require(data->size() >= 1, "the number of samples", data->size());
  require(options.batch >= 1 && options.batch <= kLargestBatch, "the batch", options.batch);
  require(options.workers >= 1, "the number of workers", options.workers);
  require(options.rank >= 0 && options.rank < options.workers, "the rank", options.rank);
  require(options.first_step >= 0, "the first step", options.first_step);
  require(options.last_step >= options.first_step, "the last step", options.last_step);
  require(options.readers >= 0 && options.readers <= 1024, "the number of readers",
          options.readers);
  require(options.readers == 0 || options.prefetch >= 1, "the number of batches to prefetch",
          options.prefetch);
  require(options.prefetch <= 4096, "the number of batches to prefetch", options.prefetch);
  state_ = std::make_unique<State>(std::move(data), options);
}

InputPipeline::~InputPipeline() = default;

const Batch& InputPipeline::next() { return state_->next(); }

std::int64_t InputPipeline::steps_per_epoch(std::int64_t samples, std::int64_t global_batch) {
  EXPECTS(samples >= 1 && global_batch >= 1);
  return (samples - 1) / global_batch + 1;
}

}  // namespace rehearse
