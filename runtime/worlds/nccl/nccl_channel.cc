#include "runtime/worlds/nccl/nccl_channel.h"

#include <array>
#include <memory>
#include <utility>

#include "runtime/worlds/nccl/nccl_memory.h"

namespace rehearse {

NcclChannel::NcclChannel(const Rank& rank, const NcclId& id, End end, std::string name)
    : rank_(rank), id_(id), end_(end), name_(std::move(name)), thread_([this] { serve(); }) {}

NcclChannel::~NcclChannel() {
  close();
  thread_.join();
}

void NcclChannel::close() {
  const std::lock_guard lock(mutex_);
  closing_ = true;
  changed_.notify_all();
}

void NcclChannel::carry(const Tensor& tensor, std::function<void(std::exception_ptr)> done) {
  const std::lock_guard lock(mutex_);
  asked_.push_back({tensor, std::move(done)});
  changed_.notify_all();
}

// A failure ends the channel: everything that was asked for or will be fails alike.
void NcclChannel::serve() {
  std::unique_ptr<NcclStream> stream;
  std::unique_ptr<NcclComm> comm;
  std::exception_ptr failure;
  for (;;) {
    Work work;
    {
      std::unique_lock lock(mutex_);
      changed_.wait(lock, [&] { return closing_ || !asked_.empty(); });
      if (asked_.empty()) return;
      work = std::move(asked_.front());
      asked_.pop_front();
    }
    try {
      if (failure) std::rethrow_exception(failure);
      rank_.watch.expect_going();
      if (!comm) {
        stream = rank_.api.make_stream();
        comm = rank_.api.join(id_, 2, end_ == End::sends ? 0 : 1);
      }
      perform(work.tensor, *comm, *stream);
    } catch (...) {
      failure = std::current_exception();
    }
    work.done(failure);
  }
}

void NcclChannel::perform(const Tensor& tensor, NcclComm& comm, NcclStream& stream) const {
  constexpr auto kCore = NcclWatch::Core::yield;
  rank_.watch.until_ready(comm, kCore, name_);
  const NcclMemory memory(rank_.api, rank_.direct, tensor);
  const Tensor& there = memory.tensor();
  NcclCall call{.kind = NcclCall::Kind::send, .elements = there.elements, .type = there.type};
  if (end_ == End::sends) {
    call.from = there.data;
    call.peer = 1;
    memory.bring(stream);
  } else {
    call.kind = NcclCall::Kind::receive;
    call.to = there.data;
  }
  comm.enqueue(std::array{call}, stream);
  rank_.watch.until_ready(comm, kCore, name_);  // the call is on the stream
  rank_.watch.until_idle(comm, stream, kCore, name_);
  if (end_ == End::sends || !memory.is_copy()) return;
  memory.fetch(stream);
  rank_.watch.until_idle(comm, stream, kCore, name_);
}

}  // namespace rehearse
