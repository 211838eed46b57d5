#include "net/waiting.hpp"

#include <boost/asio/co_spawn.hpp>

#include "net/outgoing.hpp"

namespace entente::net {
namespace asio = boost::asio;

namespace {
asio::awaitable<bool> notified(Notifier& notifier) {
  co_await asio::this_coro::throw_if_cancelled(false);
  Result<> woken = co_await notifier.wait();
  co_return woken.has_value();
}
}  // namespace

Task<bool> wait_within(Notifier& notifier, std::chrono::milliseconds limit) {
  if (co_await asker_left()) co_return fail(asker_left_error());
  auto executor = co_await asio::this_coro::executor;
  auto [thrown, woken] = co_await asio::co_spawn(executor, notified(notifier), within(limit));
  if (woken && !thrown) co_return true;
  if (co_await asker_left()) co_return fail(asker_left_error());
  co_return false;
}

}  // namespace entente::net
