#include "runtime/worlds/nccl/nccl_messages.h"

#include <algorithm>
#include <string>
#include <utility>

#include "base/contract.h"
#include "runtime/worlds/message_ends.h"

namespace rehearse {

// What travels between hosts, at a port of the group of all ranks: the host's messages are ours
// alone.
struct NcclMessages::Record {
  enum class Kind : std::int64_t { header, grant, refusal, stop };

  Kind kind = Kind::stop;
  std::int64_t id = 0;  // of the message, at its sender
  std::int64_t context = 0, port = 0, from = 0, sender = 0, bytes = 0;
  NcclId channel{};

  [[nodiscard]] Tensor tensor() {
    return {this, static_cast<std::int64_t>(sizeof(Record)), ElementType::byte};
  }
};

namespace {

constexpr int kPort = 0;

void finish(Transport& host, std::unique_ptr<Transfer> posted) {
  const std::array transfers{std::move(posted)};
  if (const auto done = host.wait_any(transfers); done.gone) throw RankGone(done.rank);
}

}  // namespace

// A send or a receive that was started.
struct NcclMessages::Started {
  Tensor tensor;
  int peer = kAnyRank;           // in the group of the message
  int peer_in_world = 0;         // of a send
  bool matched = false;          // the payload is on its way, or there is none
  bool fits = true;              // of a receive: the message has the size of the tensor
  std::int64_t completed = 0;    // in which place of all; 0: not yet
  std::exception_ptr failure{};  // of its channel
  std::unique_ptr<NcclBuffer> kept{};
};

class NcclMessages::Message : public Transfer {
 public:
  Message(NcclMessages& messages, std::shared_ptr<Started> started)
      : messages_(messages), started_(std::move(started)) {}
  [[nodiscard]] const Started& started() const { return *started_; }

 protected:
  void wait_until_complete(Lock& lock) {
    messages_.changed_.wait(lock, [&] { return started_->completed != 0; });
  }

  NcclMessages& messages_;
  std::shared_ptr<Started> started_;
};

class NcclMessages::Sending : public Message {
 public:
  using Message::Message;
  // One that is given up leaves all the same when it is asked for.
  ~Sending() override {
    Lock lock(messages_.mutex_);
    if (started_->matched) {
      wait_until_complete(lock);
    } else if (!messages_.rank_.watch.failed()) {
      messages_.keep(*started_);
    }
  }
};

class NcclMessages::Receiving : public Message {
 public:
  Receiving(NcclMessages& messages, Mailbox& box, const std::shared_ptr<Started>& started)
      : Message(messages, started), box_(box) {}
  // Nothing may arrive in a tensor that is no more.
  ~Receiving() override {
    Lock lock(messages_.mutex_);
    if (started_->matched) {
      wait_until_complete(lock);
    } else {
      std::erase(box_.receives, started_);
    }
  }

 private:
  Mailbox& box_;
};

std::unique_ptr<Transfer> NcclMessages::start_send(Transport& host, const Group& group, int me,
                                                   int to, int port, const Tensor& tensor) {
  expect_message_ends(group, me, to, port, tensor, rank_.direct);
  rank_.watch.expect_going();
  const auto started = std::make_shared<Started>(
      Started{.tensor = tensor, .peer = to, .peer_in_world = group.world_rank(to)});
  Record header{.kind = Record::Kind::header,
                .context = group.context(),
                .port = port,
                .from = me,
                .sender = host.rank(),
                .bytes = message_bytes(tensor)};
  Lock lock(mutex_);
  Way& way = to_[started->peer_in_world];
  if (!way.id) way.id = rank_.api.new_id();
  header.channel = *way.id;
  header.id = ++sent_;
  sends_[header.id] = started;
  auto posted = host.start_send(*host.world(), started->peer_in_world, kPort, header.tensor());
  lock.unlock();
  finish(host, std::move(posted));
  return std::make_unique<Sending>(*this, started);
}

std::unique_ptr<Transfer> NcclMessages::start_receive(Transport& host, const Group& group, int me,
                                                      int from, int port, const Tensor& tensor) {
  expect_receiving_end(group, me, from, port, tensor, rank_.direct);
  rank_.watch.expect_going();
  const auto started = std::make_shared<Started>(Started{.tensor = tensor, .peer = from});
  Record answer;
  Lock lock(mutex_);
  Mailbox& box = mailboxes_[{group.context(), port}];
  auto receive = std::make_unique<Receiving>(*this, box, started);
  const auto header = std::ranges::find_if(
      box.headers, [&](const Header& one) { return from == kAnyRank || one.from == from; });
  if (header == box.headers.end()) {
    box.receives.push_back(started);
    return receive;
  }
  auto posted = grant(host, *header, started, answer);
  box.headers.erase(header);
  lock.unlock();
  finish(host, std::move(posted));
  return receive;
}

Transport::Completed NcclMessages::wait_any(std::span<const std::unique_ptr<Transfer>> transfers) {
  EXPECTS(std::ranges::any_of(transfers, [](const auto& one) { return one != nullptr; }));
  const auto started = [&](std::size_t i) -> const Started& {
    return static_cast<const Message&>(*transfers[i]).started();
  };
  std::optional<std::size_t> first;
  Lock lock(mutex_);
  changed_.wait(lock, [&] {
    for (std::size_t i = 0; i < transfers.size(); ++i) {
      if (transfers[i] == nullptr || started(i).completed == 0) continue;
      if (!first || started(i).completed < started(*first).completed) first = i;
    }
    return first || rank_.watch.failed();
  });
  if (!first) rank_.watch.expect_going();
  const Started& done = started(*first);
  if (done.failure) std::rethrow_exception(done.failure);
  EXPECTS(done.fits);
  return {.index = *first, .rank = done.peer};
}

void NcclMessages::serve(Transport& host) {
  for (;;) {
    Record record;
    host.receive(*host.world(), kAnyRank, kPort, record.tensor());
    if (record.kind == Record::Kind::stop) return;
    Record answer;
    std::unique_ptr<Transfer> posted;
    {
      const Lock lock(mutex_);
      if (record.kind != Record::Kind::header) {
        granted(record);
        continue;
      }
      Mailbox& box = mailboxes_[{static_cast<int>(record.context), static_cast<int>(record.port)}];
      const Header header{static_cast<int>(record.from), static_cast<int>(record.sender), record.id,
                          record.bytes, record.channel};
      const auto receive = std::ranges::find_if(box.receives, [&](const auto& waiting) {
        return waiting->peer == kAnyRank || waiting->peer == header.from;
      });
      if (receive == box.receives.end()) {
        box.headers.push_back(header);
        continue;
      }
      posted = grant(host, header, *receive, answer);
      box.receives.erase(receive);
    }
    finish(host, std::move(posted));
  }
}

void NcclMessages::stop_next(Transport& host) const {
  Record stop;
  host.send(*host.world(), (host.rank() + 1) % host.size(), kPort, stop.tensor());
}

void NcclMessages::fail() {
  const Lock lock(mutex_);
  rank_.watch.fail();
  changed_.notify_all();
}

std::unique_ptr<Transfer> NcclMessages::grant(Transport& host, const Header& header,
                                              const std::shared_ptr<Started>& receive,
                                              Record& answer) {
  receive->peer = header.from;
  receive->matched = true;
  receive->fits = header.bytes == message_bytes(receive->tensor);
  const bool carries = receive->fits && header.bytes > 0;
  if (carries) {
    Way& way = from_[header.sender];
    way.id = header.channel;
    carry(way, NcclChannel::End::receives, header.sender, receive);
  } else {
    complete(*receive, nullptr);
  }
  answer.kind = carries ? Record::Kind::grant : Record::Kind::refusal;
  answer.id = header.id;
  return host.start_send(*host.world(), header.sender, kPort, answer.tensor());
}

void NcclMessages::granted(const Record& record) {
  const auto place = sends_.find(record.id);
  ENSURES(place != sends_.end());
  const std::shared_ptr<Started> send = place->second;
  sends_.erase(place);
  send->matched = true;
  if (record.kind == Record::Kind::refusal) return complete(*send, nullptr);
  carry(to_[send->peer_in_world], NcclChannel::End::sends, send->peer_in_world, send);
}

void NcclMessages::carry(Way& way, NcclChannel::End end, int peer,
                         const std::shared_ptr<Started>& started) {
  if (!way.channel) {
    const std::string name =
        (end == NcclChannel::End::sends ? "a message to rank " : "a message from rank ") +
        std::to_string(peer);
    way.channel = std::make_unique<NcclChannel>(rank_, *way.id, end, name);
  }
  way.channel->carry(started->tensor, [this, started](std::exception_ptr failure) {
    const Lock lock(mutex_);
    complete(*started, std::move(failure));
  });
}

// Communicators of two ranks end on both at a time, in whatever order.
NcclMessages::~NcclMessages() {
  for (auto* ways : {&to_, &from_}) {
    for (auto& [peer, way] : *ways) {
      if (way.channel) way.channel->close();
    }
  }
}

void NcclMessages::complete(Started& started, std::exception_ptr failure) {
  started.failure = std::move(failure);
  started.completed = ++completed_;
  changed_.notify_all();
}

// Of a send that waits for a grant: its tensor may end, a copy stays.
void NcclMessages::keep(Started& send) const {
  if (send.tensor.elements == 0) return;
  const auto bytes = static_cast<std::size_t>(message_bytes(send.tensor));
  send.kept = rank_.api.allocate(bytes);
  const auto stream = rank_.api.make_stream();
  stream->copy(send.tensor.data, send.kept->data(), bytes);
  while (!stream->idle()) std::this_thread::yield();
  send.tensor.data = send.kept->data();
  send.tensor.space = rank_.direct;
}

}  // namespace rehearse
