#include "train/whole_parameters.h"

#include <string>

#include "kernels/models/part_parameters.h"
#include "runtime/parallel/rank_chunks.h"
#include "train/floats_text.h"

namespace rehearse {

std::vector<float> whole_parameters(const Model& model, const Layout& layout,
                                    const ProcessGrid& grid, std::span<const float> own,
                                    MpiSession& session) {
  const std::vector<std::string> texts = session.gather(to_bytes(own));
  std::vector<float> all(static_cast<std::size_t>(model.parameter_count()));
  for (std::size_t rank = 0; rank < texts.size(); ++rank) {
    const auto theirs = numbers_of<float>(texts[rank]);
    std::size_t at = 0;
    for (const RankPart& part : rank_parts(model, layout, grid, static_cast<int>(rank))) {
      const auto size = static_cast<std::size_t>(part.of.model.parameter_count());
      put_parameters(model, part.of, part.shape, std::span(theirs).subspan(at, size), all);
      at += size;
    }
  }
  from_bytes(session.broadcast(to_bytes(std::span<const float>(all))), std::span(all));
  return all;
}

}  // namespace rehearse
