// For tests of this room: what an answer says from its first event to its last, read on the test's own thread.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/io_context.hpp>

#include "local/engine.hpp"

namespace entente::local {

template <class T>
Result<T> wait_for(Task<T> task) {
  boost::asio::io_context io;
  std::optional<Result<T>> out;
  boost::asio::co_spawn(
      io, [&]() -> boost::asio::awaitable<void> { out.emplace(co_await std::move(task)); }, boost::asio::detached);
  io.run();
  return std::move(*out);
}

struct Answer {
  std::map<std::uint32_t, std::string> texts;
  std::map<std::uint32_t, FinishReason> reasons;
  std::optional<Usage> usage;
  std::optional<Error> error;
  std::vector<TokenChoice> logprobs;
};

// One event more; false when there is none.
inline bool read_event(EventStream& stream, Answer& answer) {
  auto event = wait_for(stream.next());
  if (!event) answer.error = event.error();
  if (!event || !*event) return false;
  if (auto* delta = std::get_if<TextDelta>(&**event)) {
    answer.texts[delta->choice] += delta->text;
    answer.logprobs.insert(answer.logprobs.end(), delta->logprobs.begin(), delta->logprobs.end());
  }
  if (auto* finished = std::get_if<Finished>(&**event)) answer.reasons[finished->choice] = finished->reason;
  if (auto* usage = std::get_if<Usage>(&**event)) answer.usage = *usage;
  return true;
}

inline Answer read_all(EventStream& stream) {
  Answer answer;
  while (read_event(stream, answer)) {
  }
  return answer;
}

}  // namespace entente::local
