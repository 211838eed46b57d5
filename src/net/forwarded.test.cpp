#include "net/forwarded.hpp"

#include <gtest/gtest.h>

namespace entente::net {
namespace {

TrustedProxies trusting(std::vector<std::string> entries) {
  auto parsed = TrustedProxies::parse(entries);
  EXPECT_TRUE(parsed) << parsed.error().message;
  return *parsed;
}

TEST(TrustedProxies, BlocksHoldTheirAddressesAndNoOthers) {
  TrustedProxies proxies = trusting({"10.1.0.0/16", "192.0.2.7", "fd00::/8", "2001:db8::1", "172.16.0.0/12"});
  for (auto* in : {"10.1.0.0", "10.1.255.255", "192.0.2.7", "fd00::1", "fdff:ffff::", "2001:db8::1", "2001:db8:0::1",
                   "::ffff:10.1.2.3", "172.31.255.255", "[fd00::1]"}) {
    EXPECT_TRUE(proxies.contains(in)) << in;
  }
  for (auto* out : {"10.2.0.0", "10.0.255.255", "192.0.2.6", "192.0.2.8", "fe00::1", "2001:db8::2", "172.32.0.0",
                    "172.15.255.255", "", "unix", "10.1.0", "nonsense"}) {
    EXPECT_FALSE(proxies.contains(out)) << out;
  }
  EXPECT_TRUE(trusting({"0.0.0.0/0"}).contains("203.0.113.9"));
  EXPECT_FALSE(trusting({"0.0.0.0/0"}).contains("2001:db8::1"));
}

TEST(TrustedProxies, MistakesAreNamed) {
  for (std::string entry : {"", "10.0.0.0/33", "10.0.0.0/", "10.0.0.0/x", "10.0.0.0/8x", "10.0.0.0/-1", "10.0.0",
                            "fd00::/129", "proxy.example.org", "/8"}) {
    auto parsed = TrustedProxies::parse(std::vector{entry});
    ASSERT_FALSE(parsed) << entry;
    EXPECT_NE(parsed.error().message.find("'" + entry + "'"), std::string::npos);
  }
}

struct Hops {
  std::string peer;
  std::vector<std::pair<std::string, std::string>> headers;
  std::string client;
  bool secure;
};

TEST(Forwarding, BelievesOnlyWhatTrustedProxiesSaw) {
  const TrustedProxies trusted = trusting({"10.0.0.0/8"});
  const Hops rows[] = {
      {"203.0.113.5", {}, "203.0.113.5", false},
      // A client that is no proxy says what it likes.
      {"203.0.113.5", {{"X-Forwarded-For", "127.0.0.1"}, {"X-Forwarded-Proto", "https"}}, "203.0.113.5", false},
      {"10.0.0.1", {{"X-Forwarded-For", "203.0.113.5"}, {"X-Forwarded-Proto", "https"}}, "203.0.113.5", true},
      {"10.0.0.1", {{"x-forwarded-for", " 203.0.113.5 "}}, "203.0.113.5", false},
      // What stands left of the last untrusted address was written by that client.
      {"10.0.0.1", {{"X-Forwarded-For", "127.0.0.1, 203.0.113.5"}}, "203.0.113.5", false},
      {"10.0.0.1", {{"X-Forwarded-For", "127.0.0.1, 203.0.113.5, 10.0.0.2"}}, "203.0.113.5", false},
      {"10.0.0.1",
       {{"X-Forwarded-For", "127.0.0.1"}, {"X-Forwarded-For", "203.0.113.5, 10.0.0.2"}},
       "203.0.113.5",
       false},
      {"10.0.0.1", {{"X-Forwarded-For", "10.0.0.3, 10.0.0.2"}}, "10.0.0.3", false},
      {"10.0.0.1", {{"X-Forwarded-For", "203.0.113.5, nonsense"}}, "10.0.0.1", false},
      {"10.0.0.1", {{"X-Forwarded-For", "203.0.113.5, nonsense, 10.0.0.2"}}, "10.0.0.2", false},
      {"10.0.0.1", {{"X-Forwarded-For", ""}}, "10.0.0.1", false},
      {"10.0.0.1", {{"X-Forwarded-Proto", "https, http"}}, "10.0.0.1", false},
      {"10.0.0.1", {{"X-Forwarded-For", "2001:db8::9"}}, "2001:db8::9", false},
  };
  for (const Hops& row : rows) {
    Request request{.client = row.peer};
    for (const auto& [name, value] : row.headers) request.headers.add(name, value);
    apply_forwarding(request, trusted);
    std::string shown = row.peer + " " + (row.headers.empty() ? "" : row.headers.front().second);
    EXPECT_EQ(request.client, row.client) << shown;
    EXPECT_EQ(request.secure, row.secure) << shown;
  }
}

TEST(Forwarding, AUnixSocketsPeerIsTrustedByTheWordUnix) {
  Request request{.headers = {{"x-forwarded-for", "203.0.113.5"}, {"x-forwarded-proto", "https"}},
                  .client = "unix",
                  .local_socket = true};
  Request same = request;
  apply_forwarding(request, trusting({"10.0.0.0/8"}));
  EXPECT_TRUE(request.local_socket && request.client == "unix" && !request.secure);
  apply_forwarding(same, trusting({"unix"}));
  EXPECT_TRUE(!same.local_socket && same.client == "203.0.113.5" && same.secure);
}

}  // namespace
}  // namespace entente::net
