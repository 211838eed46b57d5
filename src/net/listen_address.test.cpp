#include "net/listen_address.hpp"

#include <gtest/gtest.h>

namespace entente::net {
namespace {

TEST(ListenAddress, ReadsEveryForm) {
  struct Row {
    std::string text, host;
    int port;
    std::string path;
    bool loopback;
  };
  const Row rows[] = {
      {"127.0.0.1:8080", "127.0.0.1", 8080, "", true},
      {"localhost:80", "127.0.0.1", 80, "", true},
      {"127.0.0.2:1", "127.0.0.2", 1, "", true},
      {"[::1]:8080", "::1", 8080, "", true},
      {"0.0.0.0:65535", "0.0.0.0", 65535, "", false},
      {":8080", "::", 8080, "", false},
      {"[::]:0", "::", 0, "", false},
      {"192.0.2.1:8080", "192.0.2.1", 8080, "", false},
      {"unix:/run/e.sock", "", 0, "/run/e.sock", true},
  };
  for (const Row& row : rows) {
    auto address = parse_listen_address(row.text);
    ASSERT_TRUE(address) << address.error().message;
    EXPECT_EQ(address->host, row.host);
    EXPECT_EQ(address->port, row.port);
    EXPECT_EQ(address->socket_path, row.path);
    EXPECT_EQ(address->is_loopback(), row.loopback) << row.text;
  }
}

TEST(ListenAddress, SaysWhatIsWrongAndShowsARightOne) {
  for (std::string text :
       {"", "8080", "127.0.0.1", "127.0.0.1:", "127.0.0.1:http", "127.0.0.1:65536", "127.0.0.1:-1", "127.0.0.1:80 ",
        "example.org:80", "[::1:80", "256.0.0.1:80", "unix:", "unix:relative.sock"}) {
    auto address = parse_listen_address(text);
    ASSERT_FALSE(address) << text;
    EXPECT_EQ(address.error().code, ErrorCode::invalid_request);
    EXPECT_NE(address.error().message.find("'" + text + "'"), std::string::npos);
    EXPECT_NE(address.error().message.find("127.0.0.1:8080"), std::string::npos);
  }
  EXPECT_TRUE(parse_listen_address("unix:/" + std::string(106, 'x')));
  EXPECT_FALSE(parse_listen_address("unix:/" + std::string(107, 'x')));
}

}  // namespace
}  // namespace entente::net
