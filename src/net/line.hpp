// Line: one connection to a provider, plain or over TLS, whose every wait ends at a deadline; and IdleLines, where an
// io_context keeps those that rest. For upstream.cpp.
//
// The deadline is one timer that looks again when the deadline has moved meanwhile: a stream of a thousand pieces sets
// a thousand deadlines and few timers.
#pragma once

#include <chrono>
#include <map>
#include <memory>
#include <span>
#include <string_view>
#include <unordered_map>
#include <vector>

#include <boost/asio/awaitable.hpp>
#include <boost/asio/execution_context.hpp>

#include "net/client_tls.hpp"
#include "net/outgoing.hpp"
#include "net/response_reader.hpp"

namespace entente::net {

using SteadyTime = std::chrono::steady_clock::time_point;

// What an operation came to: how many bytes, or why not.
struct Moved {
  boost::system::error_code failure;
  std::size_t bytes = 0;
  bool in_time = true;
};

class Line {
 public:
  virtual ~Line() = default;  // closes
  virtual boost::asio::awaitable<Moved> read(std::span<char> into, SteadyTime until) = 0;
  virtual boost::asio::awaitable<Moved> write(std::string_view head, std::string_view body, SteadyTime until) = 0;
  virtual void rest() = 0;        // no operation is under way, and none will be for a while
  virtual bool still_open() = 0;  // as far as can be seen without waiting
  virtual std::shared_ptr<const PeerIdentity> peer() const = 0;

  ResponseReader reader;
  SteadyTime rests_since{};
  bool used_before = false;
};

// A line to where the URL leads, through the proxy if there is one. `tls` is set when the URL's scheme is https.
Task<std::unique_ptr<Line>> open_line(const Url& url, std::shared_ptr<boost::asio::ssl::context> tls,
                                      std::shared_ptr<TlsSession> session, std::chrono::milliseconds limit);

// The idle lines of one io_context, by whose they are. Used on its threads only, one at a time.
class IdleLines : public boost::asio::execution_context::service {
 public:
  static boost::asio::execution_context::id id;
  explicit IdleLines(boost::asio::execution_context& context) : service(context) {}

  struct Of {
    std::vector<std::unique_ptr<Line>> lines;
    std::shared_ptr<TlsSession> session = std::make_shared<TlsSession>();
    std::chrono::milliseconds idle_time{};
  };
  Of& of(std::uint64_t upstream) { return all_[upstream]; }
  void close_old(SteadyTime now);  // of everybody

 private:
  void shutdown() override { all_.clear(); }
  std::unordered_map<std::uint64_t, Of> all_;
  SteadyTime looked_{};
};

}  // namespace entente::net
