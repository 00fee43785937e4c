#include "predict/network_load.h"

#include <memory>

#include "runtime/collectives/collectives.h"
#include "runtime/collectives/in_nodes.h"

namespace rehearse {
namespace {

// Adds up what the collectives of all groups send.
class Links {
 public:
  Links(const Network& network, CollectivePatterns& patterns)
      : network_(network), patterns_(patterns), bytes_(static_cast<std::size_t>(network.links())) {}

  // One group's; its sisters do the same.
  void add(const Group& group, const Schedule& schedule, int bytes_per_element) {
    add(patterns_.of(group, schedule), schedule.elements(), bytes_per_element);
  }

  void add_in_network(const StepSpan& span) {
    const Group& group = span.group;
    const int local = span.call.ranks_per_node;
    if (local > 1) {
      for (const auto kind : {RingPass::Kind::reduce_scatter, RingPass::Kind::all_gather}) {
        add(group, InNodes(kind, group.size(), span.elements, local), element_bytes(span.type));
      }
    }
    if (group.size() == local) return;
    add(patterns_.reduction(group, local), span.elements, element_bytes(span.type));
  }

  void add(EndpointId from, EndpointId to, double bytes, const Router& router) {
    if (from == to) return;
    std::vector<LinkId> links;
    router.route(from, to, 0, links);
    for (const LinkId id : links) bytes_[static_cast<std::size_t>(id)] += bytes;
    messages_ += 1;
    hops_ += static_cast<double>(links.size());
  }

  [[nodiscard]] NetworkLoad load() const {
    NetworkLoad load;
    for (std::size_t i = 0; i < bytes_.size(); ++i) {
      if (bytes_[i] == 0) continue;
      const auto id = static_cast<LinkId>(i);
      const double seconds = (Bytes(bytes_[i]) / network_.link(id).bandwidth).value();
      // Later links must be busier by more than rounding, so that the name does not depend on it.
      if (seconds > load.busiest_seconds * (1 + 1e-9)) {
        load.busiest_seconds = seconds;
        load.busiest_link = network_.link_name(id);
        load.busiest_class = network_.link(id).cls;
      }
    }
    if (messages_ > 0) load.mean_hops = hops_ / messages_;
    return load;
  }

 private:
  template <class Pattern>
  void add(const Pattern& pattern, std::int64_t elements, int bytes_per_element) {
    const double buffer = static_cast<double>(elements) * bytes_per_element;
    messages_ += pattern.messages;
    hops_ += pattern.hops;
    for (std::size_t i = 0; i < bytes_.size(); ++i) bytes_[i] += pattern.link_shares[i] * buffer;
  }

  const Network& network_;
  CollectivePatterns& patterns_;
  std::vector<double> bytes_;
  double messages_ = 0;
  double hops_ = 0;
};

}  // namespace

NetworkLoad network_load(const StepRecord& step, const Network& network,
                         CollectivePatterns& patterns, const PlacedMessages& messages) {
  Links links(network, patterns);
  for (const StepSpan& span : step.spans) {
    const bool moves_nothing =
        span.what == StepSpan::What::agreement || span.what == StepSpan::What::coding;
    if (moves_nothing || is_formula(span.call.algorithm)) continue;
    if (span.call.algorithm == Algorithm::in_network) {
      links.add_in_network(span);
      continue;
    }
    links.add(span.group, *make_collective(span.call, span.group.size(), span.elements),
              element_bytes(span.type));
  }
  for (const StepMessage& message : messages.all) {
    links.add(messages.places[static_cast<std::size_t>(message.from)],
              messages.places[static_cast<std::size_t>(message.to)],
              static_cast<double>(message.elements) * sizeof(float), messages.router);
  }
  return links.load();
}

}  // namespace rehearse
