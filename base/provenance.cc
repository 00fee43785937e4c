#include "base/provenance.h"

#include "base/json_reader.h"

namespace rehearse {
namespace {

const std::vector<std::string>& kind_names() {
  static const std::vector<std::string> names{"measured", "published", "derived", "assumed"};
  return names;
}

}  // namespace

std::string_view to_text(Provenance::Kind kind) {
  return kind_names()[static_cast<std::size_t>(kind)];
}

std::vector<Provenance> read_provenance(ObjectReader& parent, std::string_view key) {
  std::vector<Provenance> list;
  if (!parent.has(key)) return list;
  std::vector<ObjectReader> entries = parent.objects(key);
  for (ObjectReader& entry : entries) {
    Provenance item;
    item.quantity = entry.string("quantity");
    item.source = entry.string("source");
    item.kind = static_cast<Provenance::Kind>(entry.choice("kind", kind_names()));
    entry.finish();
    list.push_back(std::move(item));
  }
  return list;
}

}  // namespace rehearse
