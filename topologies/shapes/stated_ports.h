// Shapes that know how many ports their switches have.
#pragma once

#include <cstdint>
#include <optional>

namespace rehearse {

class StatedPorts {
 public:
  StatedPorts() = default;
  StatedPorts(const StatedPorts&) = delete;
  StatedPorts& operator=(const StatedPorts&) = delete;
  virtual ~StatedPorts() = default;

  // Of a switch; none where the user or the file did not say.
  [[nodiscard]] virtual std::optional<std::int64_t> ports_of(std::int64_t switch_index) const = 0;
  // Whether the NIC has a cable of its own. A node of a file that names fewer than the nodes have
  // counts those it has round.
  [[nodiscard]] virtual bool has_cable(std::int64_t /*node*/, int /*nic*/) const { return true; }
};

}  // namespace rehearse
