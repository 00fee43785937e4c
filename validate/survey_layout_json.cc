#include <nlohmann/json.hpp>

#include "base/contract.h"
#include "validate/survey_layout.h"
#include "validate/survey_layout_words.h"

namespace rehearse {

std::string parallelism_text(const SurveyRecord& record) {
  EXPECTS(layout_obstacles(record).empty());
  nlohmann::ordered_json text;
  for (const char* key : {"data", "tensor", "pipeline", "context", "expert"}) {
    text[key] = layout_count(record, key);
  }
  if (record.degree("expert_tensor", 0) >= 1) {
    text["expert_tensor"] = layout_count(record, "expert_tensor");
  }
  if (sends_once(record)) text["expert_dispatch"] = "deduplicated";
  const bool fsdp = !record.degrees.contains("zero") && record.degree("fsdp", 0) > 0;
  const auto zero = fsdp ? 3 : static_cast<std::int64_t>(record.degree("zero", 0));
  text["zero"] = zero;
  if (zero > 0 && record.degree("shard_group", 0) >= 1) {
    text["shard_group"] = layout_count(record, "shard_group");
  }
  text["microbatch"] = record.degree("microbatch", 0) >= 1
                           ? layout_count(record, "microbatch")
                           : replica_batch(record) / layout_count(record, "microbatches");
  if (layout_count(record, "pipeline") > 1) {
    if (const std::string word = schedule_word(record); !word.empty()) text["schedule"] = word;
    text["virtual_stages"] = layout_count(record, "virtual_stages");
  }
  text["recompute"] = record.layout.recompute.empty() ? "none" : record.layout.recompute;
  text["sequence"] = shares_sequences(record);
  for (const auto& [what, share] : record.layout.offload) text["offload"][what] = share;
  for (const auto& [what, overlaps] : overlap_words(record)) text["overlap"][what] = overlaps;
  return text.dump();
}

}  // namespace rehearse
