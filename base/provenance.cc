#include "base/provenance.h"

#include "base/enum_names.h"
#include "base/json_reader.h"

namespace rehearse {
namespace {

constexpr auto kKindNames =
    enum_names<Provenance::Kind>("measured", "published", "derived", "assumed");

}  // namespace

std::string_view to_text(Provenance::Kind kind) { return kKindNames.text(kind); }

std::vector<Provenance> read_provenance(ObjectReader& parent, std::string_view key) {
  std::vector<Provenance> list;
  if (!parent.has(key)) return list;
  std::vector<ObjectReader> entries = parent.objects(key);
  for (ObjectReader& entry : entries) {
    Provenance item;
    item.quantity = entry.string("quantity");
    item.source = entry.string("source");
    item.kind = kKindNames.read(entry, "kind");
    entry.finish();
    list.push_back(std::move(item));
  }
  return list;
}

}  // namespace rehearse
