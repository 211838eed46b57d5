#include "api/dialect.hpp"

namespace entente::api {

Dialect dialect_of(const net::Request& request) {
  std::string_view path = request.path;
  if (path == "/v1/messages" || path.starts_with("/v1/messages/")) return Dialect::anthropic;
  if (path.starts_with("/api/")) return Dialect::ollama;
  bool shared = path == "/v1/models" || path.starts_with("/v1/models/");
  if (shared && request.headers.contains("anthropic-version")) return Dialect::anthropic;
  return Dialect::openai;
}

}  // namespace entente::api
