// This server as a witness of other people's logs, as C2SP tlog-witness has it: who is allowed is said by the signature
// under a checkpoint, so the doors are open, and what a body may hold is bounded.
#include <format>

#include "api/routes.hpp"
#include "audit/forms/lines.hpp"
#include "base/worker.hpp"

namespace entente::api {

namespace {

constexpr std::size_t longest_request = 256 * 1024;  // 63 hashes, and a note with 64 signatures of ML-DSA-44

Error witnesses_nothing() {
  return {.code = ErrorCode::not_found,
          .message = "No log is witnessed here. The setting audit.witness.logs lists those that are."};
}

net::Response text(unsigned status, std::string_view type, std::string body) {
  return {.status = status,
          .headers = {{"content-type", std::string(type)}, {"cache-control", "no-store"}},
          .body = std::move(body)};
}

constexpr std::string_view plain = "text/plain; charset=utf-8";

// The statuses are tlog-witness's own.
net::Response response_of(const audit::WitnessAnswer& answer) {
  std::string says = answer.says + "\n";
  switch (answer.judgement) {
    case audit::Judgement::consistent: return text(200, plain, answer.cosignatures);
    case audit::Judgement::malformed: return text(400, plain, std::move(says));
    case audit::Judgement::unsigned_: return text(403, plain, std::move(says));
    case audit::Judgement::unknown_log: return text(404, plain, std::move(says));
    case audit::Judgement::other_size: return text(409, "text/x.tlog.size", std::format("{}\n", answer.known));
    case audit::Judgement::inconsistent: return text(422, plain, std::move(says));
  }
  return text(500, plain, std::move(says));
}

// Before it is read: anybody may send one.
Result<> check_length(const net::Request& request) {
  auto length = audit::parse_number(request.headers.get("content-length"));
  if (!length)
    return fail(ErrorCode::invalid_request, "Say how long the request is: it needs the header Content-Length.");
  if (*length <= longest_request) return {};
  return fail(ErrorCode::too_large,
              std::format("A request to a witness has {} bytes at most, this one {}.", longest_request, *length));
}

}  // namespace

Task<> add_checkpoint(Context& context, const Services& services, std::string_view) {
  CO_TRY(check_length(context.request()));
  CO_TRY_ASSIGN(std::string body, co_await context.read_body());
  CO_TRY_ASSIGN(auto answer, co_await services.worker->run<std::optional<audit::WitnessAnswer>>(
                                 [&services, body = std::move(body)] { return services.cosign(body); }));
  if (!answer) co_return fail(witnesses_nothing());
  co_return co_await context.reply(response_of(*answer));
}

// "HASH/checkpoint", the hash being of the log's name: what monitors read.
Task<> show_cosigned(Context& context, const Services& services, std::string_view rest) {
  if (rest == "public-key") {
    auto keys = services.witness_keys();
    if (!keys) co_return fail(witnesses_nothing());
    co_return co_await context.reply(text(200, plain, *std::move(keys)));
  }
  constexpr std::string_view file = "/checkpoint";
  if (!rest.ends_with(file))
    co_return fail(ErrorCode::not_found, "Write the SHA-256 of the log's name, and /checkpoint.");
  std::string hash(rest.substr(0, rest.size() - file.size()));
  CO_TRY_ASSIGN(auto note, co_await services.worker->run<std::optional<std::string>>(
                               [&services, hash] { return services.cosigned(hash); }));
  if (!note) co_return fail(ErrorCode::not_found, "No checkpoint of that log was cosigned here.");
  co_return co_await context.reply(text(200, plain, *std::move(note)));
}

}  // namespace entente::api
