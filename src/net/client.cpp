#include "net/client.hpp"

#include <format>

#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/ssl/context.hpp>
#include <boost/asio/ssl/error.hpp>
#include <boost/asio/ssl/host_name_verification.hpp>
#include <boost/asio/ssl/stream.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/http.hpp>

#include "net/client_tls.hpp"
#include "net/outgoing.hpp"

namespace entente::net {
namespace {

namespace asio = boost::asio;
namespace ssl = asio::ssl;
namespace http = boost::beast::http;
using asio::ip::tcp;
using boost::system::error_code;
using Tls = ssl::stream<tcp::socket>;

template <class Stream>
class FetchedOver final : public Fetched {
 public:
  FetchedOver(Stream stream, std::string url, std::string host, FetchOptions options)
      : stream_(std::move(stream)), url_(std::move(url)), host_(std::move(host)), options_(options) {
    parser_.body_limit(options.most_bytes == UINT64_MAX ? boost::none
                                                        : boost::optional<std::uint64_t>(options.most_bytes));
    parser_.header_limit(64 * 1024);
  }

  Task<> send(const http::request<http::string_body>& request) {
    if (request.method() == http::verb::head) parser_.skip(true);
    auto [unsent, count] = co_await http::async_write(stream_, request, within(options_.idle_time));
    if (unsent) co_return fail(co_await describe(unsent, host_));
    auto [failure, read] = co_await http::async_read_header(stream_, buffer_, parser_, within(options_.idle_time));
    if (failure) co_return fail(co_await broken(failure));
    for (const auto& field : parser_.get()) headers_.add(std::string(field.name_string()), std::string(field.value()));
    co_return Result<>{};
  }

  unsigned status() const override { return parser_.get().result_int(); }
  const Headers& headers() const override { return headers_; }
  const std::string& url() const override { return url_; }

  Task<std::optional<std::string>> next_piece() override {
    while (!parser_.is_done()) {
      std::string piece(64 * 1024, '\0');
      parser_.get().body().data = piece.data();
      parser_.get().body().size = piece.size();
      // One read at most: what has come is passed on, not gathered.
      auto [failure, read] = co_await http::async_read_some(stream_, buffer_, parser_, within(options_.idle_time));
      piece.resize(piece.size() - parser_.get().body().size);
      if (failure && failure != http::error::need_buffer) co_return fail(co_await broken(failure));
      if (!piece.empty()) co_return piece;
    }
    co_return std::nullopt;
  }

 private:
  asio::awaitable<Error> broken(error_code failure) const {
    if (failure == http::error::body_limit) {
      co_return Error{.code = ErrorCode::too_large,
                      .message = std::format("The answer of {} is larger than {} bytes.", host_, options_.most_bytes)};
    }
    if (failure == http::error::partial_message || failure == http::error::end_of_stream ||
        failure == asio::error::eof || failure == ssl::error::stream_truncated) {
      co_return Error{.code = ErrorCode::upstream_failed,
                      .message = std::format("{} cut the answer off in the middle.", host_)};
    }
    if (failure.category() == http::make_error_code(http::error::bad_version).category()) {
      co_return Error{.code = ErrorCode::upstream_failed,
                      .message = std::format("{} does not answer in HTTP: {}.", host_, failure.message())};
    }
    co_return co_await describe(failure, host_);
  }

  Stream stream_;
  std::string url_, host_;
  FetchOptions options_;
  boost::beast::flat_buffer buffer_{256 * 1024};  // bounds a head, or the line of a chunk, that never ends
  http::response_parser<http::buffer_body> parser_;
  Headers headers_;
};

http::request<http::string_body> to_beast(const FetchRequest& request, const Url& url, const std::string& target) {
  http::request<http::string_body> out;
  out.method_string(request.method);
  out.target(target);
  out.version(11);
  out.set(http::field::host, host_field(url));
  out.set(http::field::user_agent, "entente/" ENTENTE_VERSION);
  out.set(http::field::connection, "close");
  for (const auto& [name, value] : request.headers) out.set(name, value);
  out.body() = request.body;
  out.prepare_payload();
  return out;
}

Task<std::unique_ptr<Fetched>> fetch_once(const FetchRequest& request, const Url& url, const FetchOptions& options) {
  std::optional<std::string> proxy = proxy_for(url);
  Url first = url;
  if (proxy) {
    CO_TRY_ASSIGN(first, parse_url(*proxy));
  }
  CO_TRY_ASSIGN(tcp::socket socket, co_await connect_to(first, options.connect_time, !options.allow_private && !proxy));
  if (!url.tls) {
    auto fetched = std::make_unique<FetchedOver<tcp::socket>>(std::move(socket), request.url, url.host, options);
    CO_TRY(co_await fetched->send(to_beast(request, url, proxy ? request.url : url.target)));
    co_return fetched;
  }
  if (proxy) CO_TRY(co_await open_tunnel(socket, url, options.connect_time));
  static const auto context = client_tls_context({});  // of the system's authorities, for all that is fetched
  if (!context) co_return fail(context.error());
  Tls tls(std::move(socket), **context);
  SSL_set_tlsext_host_name(tls.native_handle(), url.host.c_str());
  tls.set_verify_callback(ssl::host_name_verification(url.host));
  auto [failure] = co_await tls.async_handshake(ssl::stream_base::client, within(options.connect_time));
  if (failure) co_return fail(co_await describe(failure, url.host));
  auto fetched = std::make_unique<FetchedOver<Tls>>(std::move(tls), request.url, url.host, options);
  CO_TRY(co_await fetched->send(to_beast(request, url, url.target)));
  co_return fetched;
}

// Where a Location leads, seen from `base` (RFC 3986 section 5.2, without dot segments: servers resolve those).
std::string resolve(const Url& base, std::string_view location) {
  bool absolute = location.find("://") < location.find_first_of("/?#");
  if (absolute) return std::string(location);
  std::string_view scheme = base.tls ? "https" : "http";
  if (location.starts_with("//")) return std::format("{}:{}", scheme, location);
  std::string host = base.host.contains(':') ? "[" + base.host + "]" : base.host;
  std::string origin = std::format("{}://{}:{}", scheme, host, base.port);
  if (location.starts_with('/')) return origin + std::string(location);
  std::string path = base.target.substr(0, base.target.find('?'));
  if (!location.starts_with('?')) path.resize(path.rfind('/') + 1);
  return origin + path + std::string(location);
}

}  // namespace

Task<std::unique_ptr<Fetched>> fetch(FetchRequest request, FetchOptions options) {
  for (int left = options.redirects;; --left) {
    CO_TRY_ASSIGN(Url url, parse_url(request.url));
    CO_TRY_ASSIGN(auto fetched, co_await fetch_once(request, url, options));
    unsigned status = fetched->status();
    std::string_view location = fetched->headers().get("location");
    bool redirected =
        (status == 301 || status == 302 || status == 303 || status == 307 || status == 308) && !location.empty();
    if (!redirected || request.method != "GET") co_return fetched;
    if (left == 0)
      co_return fail(ErrorCode::upstream_failed, std::format("{} sends us on and on to other addresses.", url.host));
    request.url = resolve(url, location);
    CO_TRY_ASSIGN(Url next, parse_url(request.url));
    if (url.tls && !next.tls)
      co_return fail(ErrorCode::upstream_failed,
                     std::format("{} sends us from https to plain http, where nobody could trust the file.", url.host));
    if (next.host != url.host) {
      request.headers.remove("authorization");
      request.headers.remove("cookie");
    }
  }
}

Task<std::string> read_all(Fetched& fetched) {
  std::string out;
  while (true) {
    CO_TRY_ASSIGN(std::optional<std::string> piece, co_await fetched.next_piece());
    if (!piece) co_return out;
    out += *piece;
  }
}

}  // namespace entente::net
