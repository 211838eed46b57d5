#include "api/context.hpp"

#include <format>

#include "base/ascii.hpp"

namespace entente::api {

void Context::add_common(net::Headers& headers) const {
  for (const auto& [name, value] : common_) headers.add(name, value);
}

Task<> Context::reply(net::Response response) {
  status_ = response.status;
  add_common(response.headers);
  co_return co_await exchange_.reply(std::move(response));
}

Task<> Context::begin_stream(std::string_view media_type, net::Headers headers, net::Exchange::QuietPiece quiet) {
  status_ = 200;
  headers.add("content-type", std::string(media_type));
  headers.add("cache-control", "no-cache");
  headers.add("x-accel-buffering", "no");  // nginx in front must not gather the stream
  add_common(headers);
  CO_TRY(co_await exchange_.begin(200, std::move(headers)));
  if (quiet) exchange_.when_quiet(std::move(quiet));
  co_return Result<>{};
}

Task<std::string> Context::read_json_body() {
  std::string_view type = request().headers.get("content-type");
  std::string_view media = trim(type.substr(0, type.find(';')));
  if (!equal_without_case(media, "application/json")) {
    std::string came = media.empty() ? "none came" : std::format("'{}' came", media.substr(0, 64));
    co_return fail({.code = ErrorCode::invalid_request,
                    .message = std::format("The header Content-Type must be application/json, but {}.", came),
                    .reason = "unsupported_media_type"});
  }
  co_return co_await read_body();
}

Task<std::string> Context::read_body() {
  CO_TRY_ASSIGN(std::string body, co_await exchange_.read_body());
  body_digest_ = sha256(body);
  co_return body;
}

}  // namespace entente::api
