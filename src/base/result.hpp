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
#include <memory>
#include <string>
#include <utility>

#include "base/error.hpp"

namespace entente {

// An Error at a place of its own: a Result stands in every frame of every coroutine that waits, and an Error is ten
// times as large as what usually is in it.
class BoxedError {
 public:
  explicit BoxedError(Error error) : error_(std::make_unique<Error>(std::move(error))) {}
  BoxedError(const BoxedError& other) : BoxedError(*other) {}
  BoxedError(BoxedError&& other) noexcept = default;
  BoxedError& operator=(BoxedError other) noexcept {
    error_.swap(other.error_);
    return *this;
  }
  // Not inline: GCC 16 warns of the value's own memory being freed, where it sees both.
  ~BoxedError();

  Error& operator*() { return *error_; }
  const Error& operator*() const { return *error_; }

 private:
  std::unique_ptr<Error> error_;
};

template <class T = void>
class [[nodiscard]] Result : public std::expected<T, BoxedError> {
  using Expected = std::expected<T, BoxedError>;

 public:
  using Expected::Expected;
  Result() = default;
  Result(std::unexpected<Error> failure) : Expected(std::unexpect, BoxedError(std::move(failure).error())) {}
  Result(Expected other) : Expected(std::move(other)) {}

  Error& error() & { return *Expected::error(); }
  const Error& error() const& { return *Expected::error(); }
  Error&& error() && { return std::move(*Expected::error()); }

  // The same failure, for another Result.
  std::unexpected<BoxedError> failure() && { return std::unexpected(std::move(*this).Expected::error()); }
};

// return fail(ErrorCode::not_found, "…");
[[nodiscard]] inline std::unexpected<Error> fail(ErrorCode code, std::string message) {
  return std::unexpected(Error{.code = code, .message = std::move(message)});
}
[[nodiscard]] inline std::unexpected<Error> fail(Error error) { return std::unexpected(std::move(error)); }

}  // namespace entente

#define ENTENTE_CONCAT_(a, b) a##b
#define ENTENTE_CONCAT(a, b) ENTENTE_CONCAT_(a, b)

#define ENTENTE_TRY_(ret, name, ...)            \
  do {                                          \
    auto name = (__VA_ARGS__);                  \
    if (!name) ret ::std::move(name).failure(); \
  } while (false)

#define ENTENTE_TRY_ASSIGN_(ret, name, target, ...) \
  auto name = (__VA_ARGS__);                        \
  if (!name) ret ::std::move(name).failure();       \
  target = ::std::move(*name)

#define TRY(...) ENTENTE_TRY_(return, ENTENTE_CONCAT(try_result_, __LINE__), __VA_ARGS__)
#define TRY_ASSIGN(target, ...) ENTENTE_TRY_ASSIGN_(return, ENTENTE_CONCAT(try_result_, __LINE__), target, __VA_ARGS__)
#define CO_TRY(...) ENTENTE_TRY_(co_return, ENTENTE_CONCAT(try_result_, __LINE__), __VA_ARGS__)
#define CO_TRY_ASSIGN(target, ...) \
  ENTENTE_TRY_ASSIGN_(co_return, ENTENTE_CONCAT(try_result_, __LINE__), target, __VA_ARGS__)
