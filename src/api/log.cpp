// Receipts, and the transparency log as C2SP tlog-tiles has it: a checkpoint that changes and tiles that never do.
#include <format>

#include "api/answer.hpp"
#include "api/routes.hpp"
#include "audit/forms/lines.hpp"
#include "audit/tree/tiles.hpp"
#include "base/clock.hpp"
#include "base/encoding.hpp"
#include "wire/json_writer.hpp"

namespace entente::api {

namespace {

Task<> show_file(Context& context, const Services& services, std::string path, net::Headers headers) {
  CO_TRY_ASSIGN(auto bytes, services.log_file(path));
  if (!bytes) co_return fail(ErrorCode::not_found, "The log has no such file.");
  co_return co_await context.reply({.status = 200, .headers = std::move(headers), .body = *std::move(bytes)});
}

net::Headers text_for_a_moment() {
  return {{"content-type", "text/plain; charset=utf-8"}, {"cache-control", "no-cache"}};
}

Task<> show_held(Context& context, const Services& services, audit::HeldKind kind, const store::SealedEntry& sealed) {
  CO_TRY_ASSIGN(auto held, services.held(kind, sealed));
  if (!held) {
    co_return fail({.code = ErrorCode::unavailable,
                    .message = std::format("The log does not have this {} yet; it comes with the next checkpoint.",
                                           to_string(kind)),
                    .retry_after = std::chrono::seconds(1)});
  }
  co_return co_await reply_fresh(context, *std::move(held));
}

}  // namespace

// Only its own tenant's: of another's, nobody learns that there is one.
Task<> show_receipt(Context& context, const Services& services, std::string_view request) {
  std::string id(request);
  CO_TRY_ASSIGN(auto attempts, co_await services.store->sealed_attempts(id, context.principal.tenant));
  if (attempts.empty()) {
    co_return fail(ErrorCode::not_found,
                   "There is no receipt of that request. Its id is in the header x-request-id of the answer.");
  }
  CO_TRY_ASSIGN(std::string receipt, services.receipt(id, attempts));
  co_return co_await reply_fresh(context, std::move(receipt));
}

Task<> show_day_head(Context& context, const Services& services, std::string_view day) {
  if (!parse_date(day)) {
    co_return fail(ErrorCode::invalid_request,
                   std::format("A day is written like 2026-10-01, but '{}' came.", shortened(day)));
  }
  CO_TRY_ASSIGN(auto sealed, co_await services.store->day_head(context.principal.tenant, std::string(day)));
  if (!sealed) {
    co_return fail(
        ErrorCode::not_found,
        std::format("There is no head of {}: nothing was done for you that day, or it has not ended (UTC).", day));
  }
  co_return co_await show_held(context, services, audit::HeldKind::head, *sealed);
}

Task<> show_erasure(Context& context, const Services& services, std::string_view index) {
  auto number = audit::parse_number(index);
  if (!number || *number > INT64_MAX) {
    co_return fail(ErrorCode::invalid_request,
                   std::format("An erasure is named by its number in the log, but '{}' came.", shortened(index)));
  }
  CO_TRY_ASSIGN(auto sealed,
                co_await services.store->erasure(context.principal.tenant, static_cast<std::int64_t>(*number)));
  if (!sealed) {
    co_return fail(ErrorCode::not_found,
                   std::format("The log's entry {} is no erasure of what was recorded of yours.", *number));
  }
  co_return co_await show_held(context, services, audit::HeldKind::erasure, *sealed);
}

Task<> show_log_checkpoint(Context& context, const Services& services, std::string_view) {
  co_return co_await show_file(context, services, "checkpoint", text_for_a_moment());
}

Task<> show_log_key(Context& context, const Services& services, std::string_view) {
  co_return co_await show_file(context, services, "public-key", text_for_a_moment());
}

Task<> show_log_mldsa_key(Context& context, const Services& services, std::string_view) {
  co_return co_await show_file(context, services, "public-key-ml-dsa-44", text_for_a_moment());
}

// So that whoever follows the log knows what is not to be had any more, and why.
Task<> show_log_retention(Context& context, const Services& services, std::string_view) {
  audit::Retention now = services.log_retention();
  std::string policy = now.published_for.count() == 0
                           ? "Entries are published for good."
                           : std::format(
                                 "Entries are published for {} after they were written. Proofs that were "
                                 "handed out stay valid.",
                                 duration_in_words(now.published_for));
  std::string out;
  wire::JsonWriter json(out);
  json.begin_object().key("minimum_index").number(static_cast<std::int64_t>(now.minimum_index));
  json.key("published_for_seconds").number(std::int64_t{now.published_for.count() / 1000});
  json.key("policy").string(policy).end_object();
  co_return co_await reply_fresh(context, std::move(out));
}

Task<> show_log_tile(Context& context, const Services& services, std::string_view rest) {
  std::string path = "tile/" + std::string(rest);
  auto tile = audit::parse_tile_path(path);
  if (!tile) co_return fail(ErrorCode::not_found, "This is not the path of a tile.");
  if (audit::last_entry_under(*tile) < services.log_retention().minimum_index) {
    co_return fail({.code = ErrorCode::not_found,
                    .message = "What is under this tile is older than the log is published. /log/retention says from "
                               "which entry on it can be read.",
                    .reason = "log_pruned"});
  }
  bool everybody = services.log_readers() == LogReaders::everybody;
  net::Headers headers{
      {"content-type", "application/octet-stream"},
      {"cache-control", std::string(everybody ? "public" : "private") + ", max-age=31536000, immutable"}};
  co_return co_await show_file(context, services, std::move(path), std::move(headers));
}

}  // namespace entente::api
