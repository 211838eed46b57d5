#include <gtest/gtest.h>

#include "net/client.hpp"

namespace entente::net {
namespace {

TEST(Url, IsTakenApart) {
  struct Row {
    std::string text;
    bool tls;
    std::string host, port, target;
  };
  const Row rows[] = {
      {"https://example.org", true, "example.org", "443", "/"},
      {"http://example.org/", false, "example.org", "80", "/"},
      {"https://example.org:8443/a/b?c=d", true, "example.org", "8443", "/a/b?c=d"},
      {"http://example.org?x", false, "example.org", "80", "/?x"},
      {"http://example.org/a#part", false, "example.org", "80", "/a"},
      {"http://example.org#part", false, "example.org", "80", "/"},
      {"http://[::1]:8080/a", false, "::1", "8080", "/a"},
      {"https://[2001:db8::1]", true, "2001:db8::1", "443", "/"},
      {"http://127.0.0.1:80/@x:y", false, "127.0.0.1", "80", "/@x:y"},
  };
  for (const Row& row : rows) {
    auto url = parse_url(row.text);
    ASSERT_TRUE(url) << url.error().message;
    EXPECT_EQ(url->tls, row.tls) << row.text;
    EXPECT_EQ(url->host, row.host) << row.text;
    EXPECT_EQ(url->port, row.port) << row.text;
    EXPECT_EQ(url->target, row.target) << row.text;
  }
}

TEST(Url, ThatCannotBeIsRefused) {
  for (std::string text : {"",
                           "example.org",
                           "ftp://example.org",
                           "file:///etc/passwd",
                           "http://",
                           "http:///a",
                           "http://:80",
                           "http://user:secret@example.org",
                           "http://example.org:port",
                           "http://example.org:123456",
                           "http://example.org:-1",
                           "http://[::1",
                           "http://[::1]x",
                           "http://exa mple.org",
                           "http://example.org/a b",
                           "http://example.org/\r\nX: y",
                           "http://example.org\x7F",
                           "http://example.org:0x50",
                           "http://example.org:0",
                           "http://example.org:65536",
                           "HTTP://example.org:1:2"}) {
    auto url = parse_url(text);
    ASSERT_FALSE(url) << text;
    EXPECT_EQ(url.error().code, ErrorCode::invalid_request);
  }
}

TEST(PublicAddress, NothingOfOurOwnNetworks) {
  for (auto* address : {"0.0.0.0",
                        "0.1.2.3",
                        "10.0.0.1",
                        "10.255.255.255",
                        "100.64.0.1",
                        "100.127.255.255",
                        "127.0.0.1",
                        "127.255.255.255",
                        "169.254.169.254",
                        "172.16.0.1",
                        "172.31.255.255",
                        "192.0.0.8",
                        "192.0.2.1",
                        "192.88.99.1",
                        "192.168.0.1",
                        "198.18.0.1",
                        "198.19.255.255",
                        "198.51.100.1",
                        "203.0.113.1",
                        "224.0.0.1",
                        "239.255.255.255",
                        "240.0.0.1",
                        "255.255.255.255",
                        "::",
                        "::1",
                        "::ffff:127.0.0.1",
                        "::ffff:10.0.0.1",
                        "::ffff:169.254.169.254",
                        "::127.0.0.1",
                        "64:ff9b::7f00:1",
                        "64:ff9b:1::1",
                        "100::1",
                        "2001::1",
                        "2001:0:7f00:1::",
                        "2001:2::1",
                        "2001:db8::1",
                        "2002:7f00:1::",
                        "3fff::1",
                        "fc00::1",
                        "fd12::1",
                        "fe80::1",
                        "fec0::1",
                        "ff02::1",
                        "5f00::1",
                        "4000::1",
                        "nonsense",
                        "",
                        "localhost"}) {
    EXPECT_FALSE(is_public_address(address)) << address;
  }
}

TEST(PublicAddress, WhatAnybodyCouldReach) {
  for (auto* address :
       {"1.1.1.1",      "9.255.255.255",   "11.0.0.0",       "100.63.255.255",  "100.128.0.0",    "126.255.255.255",
        "128.0.0.1",    "169.253.1.1",     "172.15.255.255", "172.32.0.0",      "192.0.1.1",      "192.167.1.1",
        "192.169.0.0",  "198.17.255.255",  "198.20.0.0",     "223.255.255.255", "::ffff:1.1.1.1", "2606:4700::1111",
        "2a00:1450::1", "2001:4860::8888", "2003::1"}) {
    EXPECT_TRUE(is_public_address(address)) << address;
  }
}

TEST(Url, SegmentsAreEncoded) { EXPECT_EQ(encode_segment("a.b-v1:0/c é"), "a.b-v1%3A0%2Fc%20%C3%A9"); }

}  // namespace
}  // namespace entente::net
