#include "base/error.h"
#include "base/file_format.h"
#include "base/json_reader.h"
#include "topologies/graph/network_cost.h"

namespace rehearse {
namespace {

constexpr double kDearest = 1e12;

PriceList::Classes read_classes(ObjectReader& parent, const std::string& key) {
  PriceList::Classes classes;
  for (ObjectReader& reader : parent.objects(key)) {
    if (!classes.empty() && !classes.back().up_to) {
      throw reader.error_at("", "this class can never apply", "the one before has no 'up_to'",
                            "give the classes in ascending order, only the last without 'up_to'");
    }
    PriceList::Class next;
    next.up_to = reader.optional_bandwidth("up_to");
    next.price = reader.number("price", 0, kDearest);
    reader.finish();
    if (next.up_to && !classes.empty() && *next.up_to <= *classes.back().up_to) {
      throw reader.error_at("up_to", "the classes do not ascend", "the one before is as fast",
                            "sort them by rate");
    }
    classes.push_back(next);
  }
  if (classes.empty()) {
    throw parent.error_at(key, "there is no price", "", R"(write for example [{"price": 300}])");
  }
  return classes;
}

}  // namespace

PriceList read_price_list(ObjectReader reader) {
  PriceList list;
  expect_format(reader, FileKind::prices);
  (void)reader.choice("prices", {"network"});
  list.currency = reader.string("currency");
  ObjectReader one = reader.object("switch");
  list.switch_base = one.optional_number("base", 0, kDearest).value_or(0);
  list.port = read_classes(one, "port");
  one.finish();
  ObjectReader cable = reader.object("cable");
  list.electrical = read_classes(cable, "electrical");
  list.optical = read_classes(cable, "optical");
  cable.finish();
  list.nic = read_classes(reader, "nic");
  list.provenance = read_provenance(reader, "provenance");
  reader.finish();
  return list;
}

}  // namespace rehearse
