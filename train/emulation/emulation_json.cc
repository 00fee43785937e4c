#include <cmath>
#include <nlohmann/json.hpp>

#include "base/file_format.h"
#include "train/emulation/emulate.h"

namespace rehearse {
namespace {

using Json = nlohmann::ordered_json;

template <class T>
Json to_value(const std::optional<T>& value) {
  return value ? Json(*value) : Json(nullptr);
}

std::optional<double> number_at(const Json& object, const char* key) {
  const Json& value = object.at(key);
  return value.is_null() ? std::nullopt : std::optional(value.get<double>());
}

Json staleness_value(const StalenessCounts& counts) {
  const std::optional<StalenessSummary> summary = summary_of(counts);
  if (!summary) return nullptr;
  Json histogram = Json::array();
  for (std::int64_t i = 0; i <= summary->max; ++i) {
    const auto found = counts.find(i);
    histogram.push_back(found == counts.end() ? 0 : found->second);
  }
  return {{"mean", summary->mean},
          {"p50", summary->p50},
          {"p90", summary->p90},
          {"max", summary->max},
          {"histogram", std::move(histogram)}};
}

// JSON knows no number that is not finite.
Json finite(double value) { return std::isfinite(value) ? Json(value) : Json(nullptr); }

Json to_value(const Emulation& e) {
  Json result = {{"format", format_of(FileKind::emulation)},
                 {"scenario", e.scenario},
                 {"version", e.version},
                 {"strategy", e.strategy},
                 {"seed", e.seed},
                 {"workers", e.workers},
                 {"update_samples", e.update_samples}};
  result["curve"] = Json::array();
  for (const EmulatedPoint& point : e.curve) {
    result["curve"].push_back({{"seconds", point.seconds},
                               {"samples", point.samples},
                               {"loss", finite(point.loss)},
                               {"test_accuracy", to_value(point.test_accuracy)}});
  }
  result["staleness"] = staleness_value(e.staleness);
  result["servers"] = Json::array();
  for (const ServerLoad& server : e.servers) {
    result["servers"].push_back({{"rank", server.rank}, {"busy_share", server.busy_share}});
  }
  result["samples_to_target"] = to_value(e.samples_to_target);
  result["time_to_target_s"] = to_value(e.time_to_target);
  result["diverged"] = e.diverged;
  result["clock_model"] = e.clock_model;
  result["arithmetic_model"] = e.arithmetic_model;
  result["warnings"] = Json::array();
  for (const Warning& warning : e.warnings) {
    result["warnings"].push_back({{"code", warning.code}, {"what", warning.what}});
  }
  result["provenance"] = Json::array();
  for (const Provenance& p : e.provenance) {
    result["provenance"].push_back(
        {{"quantity", p.quantity}, {"source", p.source}, {"kind", to_text(p.kind)}});
  }
  return result;
}

std::string dump(const Json& value) {
  return value.dump(2, ' ', false, Json::error_handler_t::replace) + "\n";
}

}  // namespace

std::string to_json(const Emulation& emulation) { return dump(to_value(emulation)); }

Emulation emulation_from_json(const std::string& text) {
  const Json value = Json::parse(text);
  Emulation e;
  e.scenario = value.at("scenario");
  e.version = value.at("version");
  e.strategy = value.at("strategy");
  e.seed = value.at("seed");
  e.workers = value.at("workers");
  e.update_samples = value.at("update_samples");
  for (const Json& point : value.at("curve")) {
    e.curve.push_back({point.at("seconds"), point.at("samples"),
                       number_at(point, "loss").value_or(std::nan("")),
                       number_at(point, "test_accuracy")});
  }
  if (const Json& staleness = value.at("staleness"); !staleness.is_null()) {
    std::int64_t place = 0;
    for (const Json& count : staleness.at("histogram")) {
      if (count.get<std::int64_t>() > 0) e.staleness[place] = count;
      ++place;
    }
  }
  for (const Json& server : value.at("servers")) {
    e.servers.push_back({.rank = server.at("rank"), .busy_share = server.at("busy_share")});
  }
  e.samples_to_target = number_at(value, "samples_to_target");
  e.time_to_target = number_at(value, "time_to_target_s");
  e.diverged = value.at("diverged");
  e.clock_model = value.at("clock_model");
  e.arithmetic_model = value.at("arithmetic_model");
  for (const Json& warning : value.at("warnings")) {
    e.warnings.push_back({warning.at("code"), warning.at("what"), {}});
  }
  for (const Json& p : value.at("provenance")) {
    const std::string kind = p.at("kind");
    Provenance entry{p.at("quantity"), p.at("source"), Provenance::Kind::assumed};
    for (const auto known :
         {Provenance::Kind::measured, Provenance::Kind::published, Provenance::Kind::derived}) {
      if (kind == to_text(known)) entry.kind = known;
    }
    e.provenance.push_back(std::move(entry));
  }
  return e;
}

}  // namespace rehearse
