#include "kernels/step/parameter_table.h"

#include <algorithm>
#include <array>

namespace rehearse {

ParameterTable parameter_table(const Model& model) {
  constexpr std::size_t kLine = 16;  // floats of a cache line
  ParameterTable table;
  table.offsets.resize(model.layers().size());
  std::array<std::size_t, kLine> elements{};  // that a lead of so many floats puts on lines
  for (std::size_t i = model.layers().size(); i-- > 0;) {
    for (const ParameterTensor& tensor : model.layers()[i].parameters) {
      table.offsets[i].push_back(table.floats);
      const auto size = static_cast<std::size_t>(tensor.elements);
      elements[(kLine - table.floats % kLine) % kLine] += size;
      table.floats += size;
    }
  }
  table.lead = static_cast<std::size_t>(std::max_element(elements.begin(), elements.end()) -
                                        elements.begin());
  return table;
}

}  // namespace rehearse
