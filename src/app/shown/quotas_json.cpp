#include "app/shown/quotas_json.hpp"

#include "wire/json_writer.hpp"

namespace entente::app {

namespace {

double in_units(std::int64_t nano) { return static_cast<double>(nano) / 1e9; }

void write_flow(wire::JsonWriter& json, std::string_view name, std::uint32_t a_minute, std::int64_t left,
                std::chrono::milliseconds full) {
  if (a_minute == 0) return;
  json.key(name).begin_object().key("a_minute").number(std::int64_t{a_minute}).key("left").number(left);
  json.key("full_in_ms").number(std::int64_t{full.count()}).end_object();
}

void write_money(wire::JsonWriter& json, std::string_view name, std::optional<std::int64_t> allowed,
                 std::int64_t spent) {
  if (!allowed) return;
  json.key(name).begin_object().key("allowed").number(in_units(*allowed)).key("spent").number(in_units(spent));
  json.end_object();
}

}  // namespace

std::string quotas_as_json(const std::vector<ledger::Quotas::Standing>& standings) {
  std::string out;
  wire::JsonWriter json(out);
  json.begin_object().key("object").string("list").key("data").begin_array();
  for (const ledger::Quotas::Standing& now : standings) {
    const Quota& quota = *now.quota;
    json.begin_object().key("quota").string(quota.name).key("each").string(to_string(quota.each));
    json.key("of").string(now.of);
    write_flow(json, "requests", quota.requests_per_minute, now.requests_left, now.requests_full);
    write_flow(json, "tokens", quota.tokens_per_minute, now.tokens_left, now.tokens_full);
    json.key("running").number(std::int64_t{now.running});
    if (quota.at_once > 0) json.key("at_once").number(std::int64_t{quota.at_once});
    if (quota.nano_per_day || quota.nano_per_month) {
      json.key("currency").string(quota.currency).key("set_aside").number(in_units(now.aside));
      write_money(json, "day", quota.nano_per_day, now.spent_today);
      write_money(json, "month", quota.nano_per_month, now.spent_this_month);
    }
    json.end_object();
  }
  json.end_array().end_object();
  return out;
}

}  // namespace entente::app
