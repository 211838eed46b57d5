// Result<T>: a value, or the Error that prevented it. Exceptions end at a room's wall; inside and between rooms a
// failure is a value.
//
//   Result<Key> key = parse_key(text);
//   TRY(check(*key));                       // returns the error to the caller, in functions
//   TRY_ASSIGN(auto row, find(*key));       // the same, keeping the value
//   CO_TRY(co_await write(row));            // the same two in coroutines
//   CO_TRY_ASSIGN(auto n, co_await count());
//
// The macros are statements: GCC 16 crashes on co_await inside a statement expression.
#pragma once

#include <expected>
#include <string>
#include <utility>

#include "base/error.hpp"

namespace entente {

template <class T = void>
using Result = std::expected<T, Error>;

// return fail(ErrorCode::not_found, "…");
[[nodiscard]] inline std::unexpected<Error> fail(ErrorCode code, std::string message) {
  return std::unexpected(Error{.code = code, .message = std::move(message)});
}
[[nodiscard]] inline std::unexpected<Error> fail(Error error) { return std::unexpected(std::move(error)); }

}  // namespace entente

#define ENTENTE_CONCAT_(a, b) a##b
#define ENTENTE_CONCAT(a, b) ENTENTE_CONCAT_(a, b)

#define ENTENTE_TRY_(ret, name, ...)                             \
  do {                                                           \
    auto name = (__VA_ARGS__);                                   \
    if (!name) ret ::std::unexpected(::std::move(name).error()); \
  } while (false)

#define ENTENTE_TRY_ASSIGN_(ret, name, target, ...)            \
  auto name = (__VA_ARGS__);                                   \
  if (!name) ret ::std::unexpected(::std::move(name).error()); \
  target = ::std::move(*name)

#define TRY(...) ENTENTE_TRY_(return, ENTENTE_CONCAT(try_result_, __LINE__), __VA_ARGS__)
#define TRY_ASSIGN(target, ...) ENTENTE_TRY_ASSIGN_(return, ENTENTE_CONCAT(try_result_, __LINE__), target, __VA_ARGS__)
#define CO_TRY(...) ENTENTE_TRY_(co_return, ENTENTE_CONCAT(try_result_, __LINE__), __VA_ARGS__)
#define CO_TRY_ASSIGN(target, ...) \
  ENTENTE_TRY_ASSIGN_(co_return, ENTENTE_CONCAT(try_result_, __LINE__), target, __VA_ARGS__)
